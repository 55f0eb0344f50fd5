"""The one question everything asks, when time answers it, and what its answers look like."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from changes.policies import RULES, Facts, may, next_allowed_at, settles_by_itself
from changes.policies.facts import (
    ActorFacts,
    BudgetFacts,
    CheckFacts,
    HoldFacts,
    IncidentFacts,
    OverdueReview,
)
from changes.policies.template_facts import TemplateFacts
from changes.states import Kind, Outcome, State
from changes.windows import Effect, Interval, Level, Recurrence, Window
from tests.changes.policies.given import (
    AUTHOR,
    HOUR,
    INCIDENT,
    NOW,
    VOTER,
    cast,
    facts,
    window,
)

CODES = {
    "wrong_state",
    "not_permitted",
    "plan_incomplete",
    "no_rollback_plan",
    "no_monitoring_plan",
    "no_canary_steps",
    "no_policy",
    "unsatisfiable",
    "approvals_missing",
    "approvals_stale",
    "self_approval",
    "already_voted",
    "outside_planned_period",
    "freeze_active",
    "outside_maintenance_window",
    "incident_open",
    "error_budget_spent",
    "on_hold",
    "template_not_published",
    "template_suspended",
    "incident_required",
    "review_overdue",
    "review_required",
    "checks_missing",
    "check_failed",
    "outcome_required",
}
ALWAYS = Recurrence("FREQ=DAILY", date(2026, 1, 1), time(0), timedelta(days=1))
SPOILT: dict[str, Any] = {
    "filled": frozenset(),
    "planned": Interval(NOW - 2 * HOUR, NOW - HOUR),
    "service_is_active": False,
    "hold": HoldFacts("manager", NOW, "Wait."),
    "outcome": None,
    "review_done": False,
    "rolled_back": False,
    "template": None,
    "incident": None,
    "votes": (cast("peer", "peer", plan_digest="e" * 64),),
    "candidates": {},
    "windows": (
        window(),
        Window("Always", Effect.FREEZE, Level.WARN, "UTC", recurs=ALWAYS),
        window(Effect.MAINTENANCE, name="Night", starts_in=HOUR),
    ),
    "environment_is_open": False,
    "open_incidents": (replace(INCIDENT, ref="INC-9"),),
    "overdue_reviews": (OverdueReview("CHG-9", NOW - HOUR),),
    "error_budget": BudgetFacts("availability", -3.5, NOW - HOUR),
    "required_checks": ("load", "soak"),
    "checks": (CheckFacts("smoke", passed=False),),
    "actor": ActorFacts("stranger", voted="approve"),
}
WORST = [
    facts(state, kind, **{**SPOILT, **more})
    for state in State
    for kind in Kind
    for more in (
        {},
        {"needs": ()},
        {"actor": replace(AUTHOR, is_auditor=True, voted="approve")},
        {"template": TemplateFacts("restart", "suspended"), "planned": None},
        {"planned": Interval(NOW + HOUR, NOW + 2 * HOUR)},
        {"incident": IncidentFacts("INC-7", 3, is_open=True, declared_at=NOW)},
    )
]
REASONS = [
    reason
    for asked in WORST
    for verb in RULES
    for decision in [may(verb, asked, now=NOW)]
    for reason in (*decision.reasons, *decision.warnings)
]


def test_the_rules_speak_exactly_these_codes() -> None:
    assert {reason.code for reason in REASONS} == CODES


def test_every_objection_says_what_is_wrong_what_to_do_and_where_it_comes_from() -> None:
    incomplete = {
        reason
        for reason in REASONS
        if not (reason.message.endswith(".") and reason.remedy.endswith(".") and reason.source)
    }

    assert incomplete == set()


def test_no_objection_is_told_twice() -> None:
    told = [may(verb, asked, now=NOW).reasons for asked in WORST for verb in RULES]

    assert [reasons for reasons in told if len(reasons) != len(set(reasons))] == []


def test_only_time_is_promised_an_instant() -> None:
    timed = {reason.code for reason in REASONS if reason.until is not None}

    assert timed == {"freeze_active", "outside_planned_period", "outside_maintenance_window"}
    assert [reason for reason in REASONS if reason.until is not None and reason.until <= NOW] == []


def test_an_unknown_verb_is_an_error_not_an_answer() -> None:
    with pytest.raises(KeyError):
        may("explode", facts(State.PLANNING), now=NOW)


def test_a_decision_can_be_told_as_json() -> None:
    asked = facts(State.SCHEDULED, windows=(window(reason="stocktaking"),))

    assert may("start", asked, now=NOW).as_json() == {
        "allowed": False,
        "reasons": [
            {
                "code": "freeze_active",
                "message": "production is frozen for refunds until Wed 18 Nov 13:00 CET: "
                "Weekend freeze (stocktaking).",
                "remedy": "Plan it after Wed 18 Nov 13:00 CET, or answer an open incident with an "
                "emergency change.",
                "until": "2026-11-18T12:00:00Z",
                "source": "window Weekend freeze",
            }
        ],
        "warnings": [],
    }


def later(**given: Any) -> Facts:
    """A scheduled change whose period is still to come."""
    return facts(State.SCHEDULED, **{"planned": Interval(NOW + HOUR, NOW + 9 * HOUR), **given})


NIGHT = window(Effect.MAINTENANCE, name="Night", starts_in=4 * HOUR, lasts=2 * HOUR)
TIMED = [
    ("allowed now", facts(State.SCHEDULED), NOW),
    ("planned later", later(), NOW + HOUR),
    ("frozen at its start", later(windows=(window(lasts=4 * HOUR),)), NOW + 3 * HOUR),
    (
        "chained freezes",
        later(windows=(window(), window(name="Audit", starts_in=2 * HOUR, lasts=HOUR))),
        NOW + 3 * HOUR,
    ),
    ("opens at night", later(environment_is_open=False, windows=(NIGHT,)), NOW + 4 * HOUR),
    (
        "a freeze over the opening's start",
        later(environment_is_open=False, windows=(NIGHT, window(lasts=6 * HOUR))),
        NOW + 5 * HOUR,
    ),
    (
        "a freeze over the whole opening",
        later(environment_is_open=False, windows=(NIGHT, window(lasts=8 * HOUR))),
        None,
    ),
    ("frozen past its end", later(windows=(window(lasts=12 * HOUR),)), None),
    ("frozen for ever", later(windows=(window(lasts=timedelta(days=500)),)), None),
    ("on hold", later(hold=HoldFacts("manager", NOW, "Wait.")), None),
    ("an incident", later(open_incidents=(INCIDENT,)), None),
    ("over", facts(State.SCHEDULED, planned=Interval(NOW - HOUR, NOW)), None),
]


@pytest.mark.parametrize(
    ("asked", "instant"), [row[1:] for row in TIMED], ids=[r[0] for r in TIMED]
)
def test_the_next_allowed_instant_is_the_first_at_which_nothing_objects(
    asked: Facts, instant: object
) -> None:
    assert next_allowed_at("deploy", asked, now=NOW) == instant


@pytest.mark.parametrize(
    ("asked", "instant"), [row[1:] for row in TIMED], ids=[r[0] for r in TIMED]
)
def test_time_settles_it_exactly_where_an_instant_is_promised(
    asked: Facts, instant: object
) -> None:
    decision = may("deploy", asked, now=NOW)

    assert settles_by_itself(decision, asked, now=NOW) is (instant is not None)


VOTED = (cast("peer", "peer"),)
PENDING = {"planned": Interval(NOW - HOUR, NOW + 9 * HOUR)}


@pytest.mark.parametrize(
    ("given", "settles"),
    [
        ({}, True),
        ({"windows": (window(),)}, True),
        ({"planned": Interval(NOW + HOUR, NOW + 2 * HOUR)}, True),
        ({"planned": Interval(NOW - 2 * HOUR, NOW)}, False),
        ({"windows": (window(lasts=99 * HOUR),)}, False),
        ({"hold": HoldFacts("manager", NOW, "Wait.")}, False),
        ({"filled": frozenset({"test_plan"})}, False),
    ],
)
def test_a_pending_vote_settles_by_itself_unless_something_must_be_edited(
    given: dict[str, Any], settles: bool
) -> None:
    asked = facts(State.AWAITING_APPROVAL, **{**PENDING, **given})
    decision = may("deploy", asked, now=NOW)

    assert "approvals_missing" in decision.codes
    assert settles_by_itself(decision, asked, now=NOW) is settles


def test_votes_that_are_missing_after_the_approval_settle_nothing() -> None:
    asked = facts(State.SCHEDULED, votes=VOTED, excluded_voters=frozenset({"peer"}))
    decision = may("deploy", asked, now=NOW)

    assert decision.codes == ("approvals_missing",)
    assert settles_by_itself(decision, asked, now=NOW) is False


def test_a_vote_does_not_depend_on_the_outcome_somebody_has_in_mind() -> None:
    asked = facts(State.AWAITING_APPROVAL, actor=VOTER)

    decisions = {may("vote", replace(asked, outcome=one), now=NOW) for one in Outcome}

    assert len(decisions) == 1
