"""Rules about the end of a change: finishing, checks, outcome and review."""

from collections.abc import Iterator
from datetime import datetime

from changes.policies.facts import Facts
from changes.policies.reasons import listed, moment, spell
from changes.policies.work_facts import CheckRunFacts
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
    ours = {rule.name for rule in facts.check_rules if rule.ours}
    watched = [run for run in facts.check_runs if run.name in absent]
    left = [name for name in absent if name not in ours]
    yield from (_still_watched(run, facts, now) for run in watched)
    if left:
        yield Reason(
            "checks_missing",
            f"The checks {listed(left)} have not been reported."
            if len(left) > 1
            else f"The check {left[0]} has not been reported.",
            "Report them from CI or on the page, or close the change as not successful.",
            source="checks",
        )
    idle = [name for name in absent if name in ours and name not in {run.name for run in watched}]
    if idle:
        yield Reason(
            "checks_missing",
            f"The {'checks' if len(idle) > 1 else 'check'} {listed(idle)} "
            f"{'have' if len(idle) > 1 else 'has'} not run.",
            "Run it on the page of the change, or close the change as not successful.",
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


def _still_watched(run: CheckRunFacts, facts: Facts, now: datetime) -> Reason:
    """A check we run has not held for its soak time; when it will have, if it goes on holding."""
    since = run.holding_since
    until = since + run.soak if since else None
    return Reason(
        "checks_missing",
        f"{run.name} holds since {moment(since, facts.zone, now=now)}, and must for "
        f"{spell(run.soak)}."
        if since
        else f"{run.name} does not hold yet, and must for {spell(run.soak)}.",
        "Wait for it, or roll back.",
        until=until if until and until > now else None,
        source="checks",
    )


def ours_to_run(name: str, facts: Facts) -> Iterator[Reason]:
    """Nobody reports a check that we run ourselves."""
    if any(rule.ours and rule.name == name for rule in facts.check_rules):
        yield Reason(
            "check_is_run_here",
            f"{name} is run by Tidegate itself: what others say of it does not count.",
            "Wait for its result, or run it again.",
            source="checks",
        )


def soak_fits_the_period(facts: Facts, now: datetime) -> Iterator[Reason]:
    """A check that must hold for longer than the change is planned for ends after it."""
    if facts.planned is None:
        return
    length = facts.planned.ends_at - facts.planned.starts_at
    for rule in facts.check_rules:
        if rule.ours and rule.soak > length:
            yield Reason(
                "soak_too_long",
                f"{rule.name} must hold for {spell(rule.soak)}, longer than the planned period of "
                f"{spell(length)}.",
                "Plan until it can have held, or expect to close the change later.",
                source="checks",
            )


def review_is_done(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Unsuccessful, emergency and unauthorised changes are reviewed before they close."""
    happened = facts.kind is Kind.EMERGENCY or facts.unauthorised
    owed = happened or facts.outcome in UNSUCCESSFUL or facts.rolled_back
    if owed and not facts.review_done:
        yield Reason(
            "review_required",
            "What was deployed without leave is reviewed before it closes."
            if facts.unauthorised
            else "Emergency and unsuccessful changes are reviewed before they close.",
            "Write the review: what happened, why, and what will be different.",
            source="closing",
        )


def may_close_as(facts: Facts) -> list[Outcome]:
    """The outcomes a form offers."""
    return [one for one in Outcome if not facts.rolled_back or one in UNSUCCESSFUL]
