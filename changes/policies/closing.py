"""Rules about the end of a change: finishing, checks, outcome and review."""

from collections.abc import Iterator
from datetime import datetime

from changes.policies.facts import Facts
from changes.policies.reasons import listed
from changes.states import UNSUCCESSFUL, Kind, Outcome
from ledger.decision import Reason


def outcome_is_named(facts: Facts, now: datetime) -> Iterator[Reason]:
    """A change closes with an outcome."""
    if facts.outcome is None:
        yield Reason(
            "outcome_required",
            "It closes with an outcome: successful, successful with issues, rolled back or failed.",
            "Choose the outcome.",
            source="closing",
        )


def rolled_back_is_not_successful(facts: Facts, now: datetime) -> Iterator[Reason]:
    """After a rollback only `rolled_back` and `failed` remain."""
    if facts.rolled_back and facts.outcome and facts.outcome not in UNSUCCESSFUL:
        yield Reason(
            "outcome_required",
            "It was rolled back, so it cannot have been successful.",
            "Close it as rolled back or failed.",
            source="closing",
        )


def checks_have_passed(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Every required check passed and no reported one failed, unless the change did not succeed."""
    if facts.outcome in UNSUCCESSFUL or facts.rolled_back:
        return
    reported = {check.name: check.passed for check in facts.checks}
    absent = [name for name in facts.required_checks if name not in reported]
    if absent:
        yield Reason(
            "checks_missing",
            f"The checks {listed(absent)} have not been reported."
            if len(absent) > 1
            else f"The check {absent[0]} has not been reported.",
            "Report them from CI or on the page, or close the change as not successful.",
            source="checks",
        )
    failed = sorted(name for name, passed in reported.items() if not passed)
    if failed:
        yield Reason(
            "check_failed",
            f"{listed(failed)} failed.",
            "Make it pass and report it again, or roll back.",
            source="checks",
        )


def review_is_done(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Unsuccessful and emergency changes are reviewed before they close."""
    owed = facts.kind is Kind.EMERGENCY or facts.outcome in UNSUCCESSFUL or facts.rolled_back
    if owed and not facts.review_done:
        yield Reason(
            "review_required",
            "Emergency and unsuccessful changes are reviewed before they close.",
            "Write the review: what happened, why, and what will be different.",
            source="closing",
        )


def may_close_as(facts: Facts) -> list[Outcome]:
    """The outcomes a form offers."""
    return [one for one in Outcome if not facts.rolled_back or one in UNSUCCESSFUL]
