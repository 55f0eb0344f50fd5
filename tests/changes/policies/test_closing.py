"""Checks, outcome and review, before a change closes."""

from dataclasses import replace

import pytest

from changes.policies import may
from changes.policies.closing import may_close_as
from changes.policies.facts import CheckFacts
from changes.states import UNSUCCESSFUL, Kind, Outcome, State
from ledger.decision import Reason
from tests.changes.policies.given import NOW, facts

PASSED, FAILED = CheckFacts("smoke", passed=True), CheckFacts("smoke", passed=False)


def refused(kind: Kind = Kind.NORMAL, **given: object) -> list[tuple[str, str, str]]:
    reasons: tuple[Reason, ...] = may(
        "close", facts(State.VALIDATING, kind, **given), now=NOW
    ).reasons
    return [(reason.code, reason.message, reason.remedy) for reason in reasons]


def test_a_change_closes_with_an_outcome() -> None:
    assert refused(outcome=None) == [
        (
            "outcome_required",
            "It closes with an outcome: successful, successful with issues, rolled back or failed.",
            "Choose the outcome.",
        )
    ]


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("rolled_back", [True, False])
def test_after_a_rollback_only_unsuccessful_outcomes_remain(
    outcome: Outcome, rolled_back: bool
) -> None:
    codes = ["outcome_required"] if rolled_back and outcome not in UNSUCCESSFUL else []

    assert [code for code, *_ in refused(outcome=outcome, rolled_back=rolled_back)] == codes


@pytest.mark.parametrize("rolled_back", [True, False])
def test_a_form_offers_exactly_the_outcomes_that_remain(rolled_back: bool) -> None:
    asked = facts(State.VALIDATING, rolled_back=rolled_back)

    offered = may_close_as(asked)

    assert offered == [
        outcome
        for outcome in Outcome
        if may("close", replace(asked, outcome=outcome), now=NOW).allowed
    ]


def test_a_required_check_that_is_missing_is_named() -> None:
    remedy = "Report them from CI or on the page, or close the change as not successful."

    assert refused(checks=()) == [
        ("checks_missing", "The check smoke has not been reported.", remedy)
    ]
    assert refused(required_checks=("load", "smoke", "soak")) == [
        ("checks_missing", "The checks load and soak have not been reported.", remedy)
    ]


@pytest.mark.parametrize("required", [("smoke",), ()])
def test_a_check_that_failed_stops_success_required_or_not(required: tuple[str, ...]) -> None:
    assert refused(checks=(FAILED,), required_checks=required) == [
        ("check_failed", "smoke failed.", "Make it pass and report it again, or roll back.")
    ]


@pytest.mark.parametrize("outcome", sorted(UNSUCCESSFUL))
@pytest.mark.parametrize("checks", [(), (FAILED,)])
def test_an_unsuccessful_change_closes_whatever_its_checks_say(
    outcome: Outcome, checks: tuple[CheckFacts, ...]
) -> None:
    assert refused(outcome=outcome, checks=checks) == []


@pytest.mark.parametrize(
    ("kind", "outcome", "rolled_back", "owed"),
    [
        (Kind.NORMAL, Outcome.SUCCESSFUL, False, False),
        (Kind.NORMAL, Outcome.SUCCESSFUL_WITH_ISSUES, False, False),
        (Kind.NORMAL, Outcome.ROLLED_BACK, True, True),
        (Kind.NORMAL, Outcome.FAILED, False, True),
        (Kind.STANDARD, Outcome.SUCCESSFUL, False, False),
        (Kind.STANDARD, Outcome.FAILED, False, True),
        (Kind.EMERGENCY, Outcome.SUCCESSFUL, False, True),
        (Kind.EMERGENCY, Outcome.FAILED, False, True),
    ],
)
def test_emergencies_and_what_did_not_succeed_are_reviewed(
    kind: Kind, outcome: Outcome, rolled_back: bool, owed: bool
) -> None:
    given = {"outcome": outcome, "rolled_back": rolled_back, "checks": (PASSED,)}
    review = (
        "review_required",
        "Emergency and unsuccessful changes are reviewed before they close.",
        "Write the review: what happened, why, and what will be different.",
    )

    assert refused(kind, **given, review_done=False) == ([review] if owed else [])
    assert refused(kind, **given, review_done=True) == []


def test_everything_that_is_owed_is_listed_at_once() -> None:
    codes = [
        code
        for code, *_ in refused(
            Kind.EMERGENCY,
            outcome=None,
            checks=(FAILED,),
            required_checks=("load",),
            review_done=False,
            votes=(),
            broke_glass_at=NOW,
        )
    ]

    assert codes == [
        "outcome_required",
        "checks_missing",
        "check_failed",
        "review_required",
        "approvals_missing",
    ]
