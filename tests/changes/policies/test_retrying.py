"""What failed may be tried again, where everything that guards a start lets it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from changes.policies import Facts, may
from changes.policies.facts import (
    CheckFacts,
    HoldFacts,
    IncidentFacts,
    LockFacts,
    Rival,
    Room,
)
from changes.policies.one_by_one import one_by_one
from changes.states import Kind, State
from changes.windows import InFlight, Interval
from tests.changes.policies.given import AUTHOR, HOUR, NOW, cast, facts, window

FAILED = (CheckFacts("deployment", passed=False), CheckFacts("smoke", passed=True))
OTHER = Rival("CHG-9", Kind.NORMAL, True, Interval(NOW - HOUR, NOW + HOUR), "peer", "refunds")
VERBS = ("retry", "deploy")


def failed(kind: Kind = Kind.NORMAL, **given: Any) -> Facts:
    """A change whose deployment has failed."""
    usual = {"checks": FAILED, "started_at": NOW - HOUR, "outcome": None, "actor": AUTHOR}
    return facts(State.VALIDATING, kind, **{**usual, **given})


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("verb", VERBS)
def test_what_failed_may_be_tried_again(verb: str, kind: Kind):
    assert may(verb, failed(kind), now=NOW).allowed
    assert all(rule.holds for rule in one_by_one(verb, failed(kind), now=NOW))


@pytest.mark.parametrize("state", [one for one in State if one is not State.VALIDATING])
def test_a_check_that_failed_begins_nothing_in_another_state(state: State):
    decision = may("retry", facts(state, checks=FAILED), now=NOW)

    assert decision.codes[0] == "wrong_state"
    assert "while a change is in validation" in decision.reasons[0].message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"checks": ()}, "CHG-1 is in validation, and its deployment did not fail."),
        (
            {"checks": (CheckFacts("deployment", passed=True), CheckFacts("smoke", passed=False))},
            "CHG-1 is in validation, and its deployment did not fail.",
        ),
        ({"rolled_back": True}, "CHG-1 was rolled back."),
        ({"unauthorised": True}, "CHG-1 was deployed without leave."),
    ],
)
def test_only_what_failed_and_was_agreed_to_begins_anew(given: dict[str, Any], message: str):
    asked = failed(**given)

    (reason,) = may("retry", asked, now=NOW).reasons

    assert (reason.code, reason.message) == ("wrong_state", message)
    assert may("deploy", asked, now=NOW).codes == ("wrong_state",)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"windows": (window(in_flight=InFlight.FINISH),)}, "freeze_active"),
        ({"environment_is_open": False}, "outside_maintenance_window"),
        ({"planned": Interval(NOW - 2 * HOUR, NOW)}, "outside_planned_period"),
        ({"rivals": (OTHER,), "one_at_a_time": "service"}, "conflict"),
        ({"rivals": (replace(OTHER, is_running=False),), "one_at_a_time": "service"}, "conflict"),
        ({"room": Room(1, (OTHER,))}, "environment_busy"),
        ({"lock": LockFacts("owner", "Moving.", NOW + HOUR)}, "environment_busy"),
        ({"votes": ()}, "approvals_missing"),
        ({"votes": (cast("peer", "peer", plan_digest="e" * 64),)}, "approvals_stale"),
        (
            {"open_incidents": (IncidentFacts("INC-1", 1, is_open=True, declared_at=NOW),)},
            "incident_open",
        ),
        ({"hold": HoldFacts("owner", NOW, "Wait.")}, "on_hold"),
    ],
)
@pytest.mark.parametrize("verb", VERBS)
def test_it_is_asked_what_whoever_starts_is_asked(verb: str, given: dict[str, Any], code: str):
    decision = may(verb, failed(**given), now=NOW)

    assert code in decision.codes
    assert {
        rule.reasons[0].code
        for rule in one_by_one(verb, failed(**given), now=NOW)
        if not rule.holds
    } == set(decision.codes)


def test_after_its_period_it_is_closed_and_not_revised():
    late = may("retry", failed(), now=NOW + timedelta(hours=2))

    assert [one.remedy for one in late.reasons] == [
        "Close CHG-1; file a new change for what is left to deploy."
    ]
