"""When a tree matches: every field, every operator, groups in groups, zones and time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.policies.custom.vocabulary import FIELDS
from changes.policies.facts import ActorFacts, BudgetFacts, CheckFacts
from changes.policies.template_facts import TemplateFacts
from changes.states import Kind, State
from changes.windows import Interval
from tests.changes.policies.custom.given import FRIDAY, is_, rule
from tests.changes.policies.given import INCIDENT, facts

CHANGE = replace(
    facts(State.SCHEDULED),
    rollout="canary",
    rollback_proof="rehearsed",
    has_test_evidence=True,
    risk_score=42,
    risk_level="medium",
    author_teams=frozenset({"payments"}),
    template=TemplateFacts("restart", "published"),
    revision="release-4.2",
    artifact="img:4.2",
    required_checks=("smoke", "load"),
    checks=(CheckFacts("smoke", passed=True), CheckFacts("load", passed=False)),
    open_incidents=(INCIDENT,),
    error_budget=BudgetFacts("availability", 12.5, FRIDAY),
    planned=Interval(FRIDAY + timedelta(hours=3), FRIDAY + timedelta(hours=5)),
    actor=ActorFacts("ci", is_robot=True),
)
HOLDS: dict[str, tuple[dict[str, Any], ...]] = {
    "kind": (is_("kind", "normal"), is_("kind", ["normal", "standard"], "in")),
    "category": (is_("category", "database", "is_not"),),
    "tier": (is_("tier", 3), is_("tier", 3, "at_least"), is_("tier", 3, "at_most")),
    "team": (is_("team", "payments"),),
    "service": (is_("service", ["search"], "not_in"),),
    "environment": (is_("environment", "production"),),
    "author_teams": (
        is_("author_teams", "payments", "contains"),
        is_("author_teams", "search", "does_not_contain"),
    ),
    "risk_score": (is_("risk_score", 42, "at_least"),),
    "risk_level": (is_("risk_level", "medium", "at_least"), is_("risk_level", "high", "at_most")),
    "rollout": (is_("rollout", "canary"),),
    "template": (is_("template", "restart"),),
    "revision": (
        is_("revision", "release-", "starts_with"),
        is_("revision", "4.2", "contains"),
        is_("revision", "rc", "does_not_contain"),
    ),
    "artifact": (is_("artifact", "img:4.2"),),
    "has_test_plan": (is_("has_test_plan", True),),
    "has_rollback_plan": (is_("has_rollback_plan", True),),
    "has_monitoring_plan": (is_("has_monitoring_plan", True),),
    "rollback_proof": (is_("rollback_proof", "rehearsed"),),
    "has_test_evidence": (is_("has_test_evidence", True),),
    "required_checks": (is_("required_checks", "load", "contains"),),
    "passed_checks": (is_("passed_checks", "load", "does_not_contain"),),
    "failed_checks": (is_("failed_checks", "load", "contains"),),
    "answers_incident": (is_("answers_incident", False),),
    "open_incidents": (is_("open_incidents", 1, "at_least"),),
    "overdue_reviews": (is_("overdue_reviews", 0),),
    "error_budget": (
        is_("error_budget", 12, "at_least"),
        is_("error_budget", 13, "at_most"),
    ),
    "planned_minutes": (is_("planned_minutes", 120),),
    "lead_time_hours": (is_("lead_time_hours", 3),),
    "weekday": (
        is_("weekday", "friday", zone="Europe/Berlin"),
        is_("weekday", "saturday", zone="Pacific/Auckland"),
    ),
    "time": (
        is_("time", "15:30", "after", zone="Europe/Berlin"),
        is_("time", "15:31", "before", zone="Europe/Berlin"),
        is_("time", "15:30", "after"),
    ),
    "date": (
        is_("date", "2026-11-20"),
        is_("date", "2026-11-19", "after"),
        is_("date", "2026-11-21", "before"),
    ),
    "planned_weekday": (is_("planned_weekday", "friday"),),
    "planned_time": (is_("planned_time", "18:00", "after", zone="Europe/Berlin"),),
    "planned_date": (is_("planned_date", "2026-11-20"),),
    "robot": (is_("robot", True),),
}


def test_every_field_of_the_vocabulary_is_tried_here():
    assert set(HOLDS) == set(FIELDS)


@pytest.mark.parametrize("condition", [one for some in HOLDS.values() for one in some])
def test_a_condition_that_holds_matches_and_its_opposite_does_not(condition: dict[str, Any]):
    assert rule(condition).matches(CHANGE, FRIDAY)
    assert not rule(condition, joined="not").matches(CHANGE, FRIDAY)


@pytest.mark.parametrize(
    "condition",
    [
        is_("kind", "emergency"),
        is_("tier", 4, "at_least"),
        is_("tier", 2, "at_most"),
        is_("tier", 3, "is_not"),
        is_("kind", ["normal"], "not_in"),
        is_("weekday", "friday", zone="Pacific/Auckland"),
        is_("time", "15:31", "after", zone="Europe/Berlin"),
        is_("time", "15:30", "before", zone="Europe/Berlin"),
        is_("date", "2026-11-20", "after"),
        is_("date", "2026-11-20", "before"),
        is_("has_test_plan", False),
        is_("author_teams", "payments", "does_not_contain"),
        is_("revision", "4.2", "starts_with"),
    ],
)
def test_a_condition_that_does_not_hold_does_not_match(condition: dict[str, Any]):
    assert not rule(condition).matches(CHANGE, FRIDAY)


@pytest.mark.parametrize(
    "condition",
    [
        is_("planned_minutes", 1, "is_not"),
        is_("lead_time_hours", 0, "at_least"),
        is_("planned_weekday", "monday", "is_not"),
        is_("planned_time", "00:00", "after"),
        is_("planned_date", "2026-01-01", "is_not"),
    ],
)
def test_what_is_not_known_matches_nothing(condition: dict[str, Any]):
    assert not rule(condition).matches(replace(CHANGE, planned=None), FRIDAY)


@given(st.booleans(), st.booleans(), st.booleans())
def test_groups_in_groups_are_plain_logic(one: bool, two: bool, three: bool):
    first = is_("kind", "normal" if one else "standard")
    second = is_("tier", 3 if two else 4)
    third = is_("robot", three)

    assert rule(first, {"any": [second, {"not": [third]}]}).matches(CHANGE, FRIDAY) == (
        one and (two or not three)
    )
    assert rule(first, second, third, joined="not").matches(CHANGE, FRIDAY) == (
        not (one or two or three)
    )


FRIDAY_AFTERNOON = (
    is_("weekday", "friday", zone="Europe/Berlin"),
    is_("time", "14:00", "after", zone="Europe/Berlin"),
)


def test_a_rule_of_time_says_when_it_ends_and_when_it_begins():
    friday = rule(*FRIDAY_AFTERNOON)
    thursday = FRIDAY - timedelta(days=1)
    week = timedelta(days=7)

    assert friday.ends_at(CHANGE, now=FRIDAY) == datetime(2026, 11, 20, 23, tzinfo=UTC)
    assert friday.begins_at(CHANGE, now=thursday, before=thursday + week) == datetime(
        2026, 11, 20, 13, tzinfo=UTC
    )
    assert friday.begins_at(CHANGE, now=thursday, before=thursday + timedelta(hours=1)) is None


def test_a_rule_that_time_does_not_change_never_ends():
    assert rule(is_("kind", "normal")).ends_at(CHANGE, now=FRIDAY) is None
    mixed = rule(is_("kind", "normal"), is_("weekday", "monday"), joined="any")
    assert mixed.ends_at(CHANGE, now=FRIDAY) is None


def test_a_rule_until_a_date_ends_that_day_though_it_is_far():
    far = rule(is_("date", "2027-01-07", "before", zone="Europe/Berlin"))

    assert far.ends_at(CHANGE, now=FRIDAY) == datetime(2027, 1, 6, 23, tzinfo=UTC)


def test_a_rule_of_lead_time_turns_with_the_hour():
    planned = CHANGE.planned
    assert planned is not None
    late = rule(is_("lead_time_hours", 24, "at_least"))
    early = planned.starts_at - timedelta(hours=30)

    assert late.ends_at(CHANGE, now=early) == planned.starts_at - timedelta(hours=24, seconds=-1)


@given(
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
    hour=st.integers(0, 23),
    day=st.sampled_from(["monday", "friday", "sunday"]),
    minutes=st.integers(0, 400 * 24 * 60),
)
def test_an_end_is_the_first_minute_it_does_not_match(zone: str, hour: int, day: str, minutes: int):
    some = rule(is_("weekday", day, zone=zone), is_("time", f"{hour:02}:00", "after", zone=zone))
    now = FRIDAY + timedelta(minutes=minutes)
    if not some.matches(CHANGE, now):
        now = some.begins_at(CHANGE, now=now, before=now + timedelta(days=9)) or now
    if not some.matches(CHANGE, now):
        return
    minute = now
    while some.matches(CHANGE, minute):
        minute += timedelta(minutes=1)

    ends = some.ends_at(CHANGE, now=now)

    assert ends is not None
    assert minute - timedelta(minutes=1) < ends <= minute


def test_emergencies_and_standards_are_told_apart_by_kind_alone():
    emergency = replace(CHANGE, kind=Kind.EMERGENCY)

    assert rule(is_("kind", "emergency", "is_not")).matches(CHANGE, FRIDAY)
    assert not rule(is_("kind", "emergency", "is_not")).matches(emergency, FRIDAY)
