"""Risk is a score whose factors are shown."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.models.choices import Category, RollbackProof, Rollout
from changes.risk import Circumstances, History, Record, RiskLevel, assess, level_of
from changes.risk.assessing import CATEGORY_POINTS, PROOF_POINTS, ROLLOUT_POINTS
from changes.states import Kind

NONE = Circumstances(
    kind="normal",
    tier=4,
    category="deployment",
    rollout="canary",
    production=False,
    dependents=(),
    has_rollback_plan=True,
    has_test_plan=True,
)
WORST = Circumstances(
    kind="emergency",
    tier=1,
    category="database",
    rollout="all_at_once",
    production=True,
    dependents=(99,),
    has_rollback_plan=False,
    has_test_plan=False,
)
MONDAY = datetime(2026, 11, 16, 10, tzinfo=ZoneInfo("Europe/Amsterdam"))
USUAL = Record(closed=80, failed=8)
RECORDS = st.builds(
    lambda closed, failed, followed: Record(closed, min(failed, closed), min(followed, closed)),
    st.integers(0, 500),
    st.integers(0, 500),
    st.integers(0, 500),
)
STARTS = st.one_of(
    st.none(), st.integers(0, 24 * 14).map(lambda hours: MONDAY + timedelta(hours=hours))
)
CIRCUMSTANCES = st.builds(
    Circumstances,
    kind=st.sampled_from([str(kind) for kind in Kind]),
    tier=st.integers(1, 4),
    category=st.sampled_from(Category.values),
    rollout=st.sampled_from(Rollout.values),
    production=st.booleans(),
    dependents=st.lists(st.integers(0, 20), max_size=5).map(tuple),
    has_rollback_plan=st.booleans(),
    has_test_plan=st.booleans(),
    rollback_proof=st.sampled_from(RollbackProof.values),
    has_test_evidence=st.booleans(),
    starts_at=STARTS,
    ends_at=STARTS.map(lambda at: at and at + timedelta(hours=2)),
    holiday=st.sampled_from(["", "Christmas Day"]),
    overlapping=st.integers(0, 3),
    history=st.builds(History, RECORDS, RECORDS, st.none() | RECORDS, RECORDS),
)


@pytest.mark.parametrize(
    ("score", "level"),
    [(0, "low"), (29, "low"), (30, "medium"), (59, "medium"), (60, "high"), (500, "high")],
)
def test_levels_begin_at_30_and_60(score: int, level: str) -> None:
    assert level_of(score) == level


@pytest.mark.parametrize(
    ("more", "name", "points"),
    [
        ({"tier": 1}, "tier", 30),
        ({"tier": 2}, "tier", 20),
        ({"tier": 3}, "tier", 10),
        ({"production": True}, "environment", 15),
        ({"rollout": "all_at_once"}, "rollout", 15),
        ({"rollout": "rolling"}, "rollout", 5),
        ({"rollout": "blue_green"}, "rollout", 2),
        ({"category": "database"}, "category", 10),
        ({"category": "network"}, "category", 10),
        ({"category": "infrastructure"}, "category", 5),
        ({"category": "security"}, "category", 5),
        ({"dependents": (1,)}, "blast radius", 2),
        ({"dependents": (1, 3)}, "blast radius", 5),
        ({"dependents": (0, 0, 4)}, "blast radius", 2),
        ({"dependents": (0, 0, 0, 4)}, "blast radius", 1),
        ({"dependents": (7,)}, "blast radius", 14),
        ({"dependents": (5000, 1)}, "blast radius", 14),
        ({"has_rollback_plan": False}, "rollback", 15),
        ({"has_test_plan": False}, "tests", 10),
        ({"kind": "emergency"}, "emergency", 10),
        ({"overlapping": 1}, "company", 4),
        ({"overlapping": 9}, "company", 4),
    ],
)
def test_each_factor_counts_on_its_own(more: dict[str, Any], name: str, points: int) -> None:
    found = assess(replace(NONE, **more))

    assert (found.score, [(factor.name, factor.points) for factor in found.factors]) == (
        points,
        [(name, points)],
    )


def test_nothing_risky_scores_nothing() -> None:
    assert assess(NONE).as_json() == {"level": "low", "score": 0, "model": 2, "factors": []}


def test_the_worst_change_names_every_factor_heaviest_first() -> None:
    found = assess(WORST)

    assert found.level is RiskLevel.HIGH
    assert [(factor.name, factor.points, factor.why) for factor in found.factors] == [
        ("tier", 30, "The service is tier 1."),
        ("environment", 15, "It goes to production."),
        ("rollback", 15, "There is no rollback plan."),
        ("rollout", 15, "Rollout: all at once."),
        ("blast radius", 14, "At least 99 services depend on this one."),
        ("category", 10, "Database changes."),
        ("emergency", 10, "Emergency changes are made in haste."),
        ("tests", 10, "There is no test plan."),
    ]


def test_one_dependent_is_told_in_the_singular() -> None:
    (factor,) = assess(replace(NONE, dependents=(1,))).factors

    assert factor.why == "1 service depends on this one."


def test_dependents_further_away_are_told_apart() -> None:
    (factor,) = assess(replace(NONE, dependents=(2, 3, 1))).factors

    assert (factor.points, factor.why) == (
        7,
        "2 services depend on this one, 4 more through others.",
    )


@given(CIRCUMSTANCES)
def test_the_factors_add_up_to_the_score(circumstances: Circumstances) -> None:
    found = assess(circumstances)

    assert sum(factor.points for factor in found.factors) == found.score
    assert found.level == level_of(found.score)
    assert all(factor.points and factor.why.endswith(".") for factor in found.factors)
    assert found.score >= 0


PROVED = replace(NONE, tier=1, rollback_proof="automated", has_test_evidence=True, production=True)


def test_what_speaks_for_a_change_takes_points_away() -> None:
    found = assess(PROVED)

    assert (found.score, [(factor.name, factor.points) for factor in found.factors]) == (
        30,
        [("tier", 30), ("environment", 15), ("tests", -5), ("rollback", -10)],
    )


def test_it_never_takes_away_more_than_there_is() -> None:
    found = assess(replace(PROVED, tier=4, production=False, rollout="rolling"))

    assert (found.score, [(factor.name, factor.points) for factor in found.factors]) == (
        0,
        [("rollout", 5), ("rollback", -5)],
    )


@pytest.mark.parametrize("proof", list(PROOF_POINTS))
def test_a_way_back_that_is_not_written_proves_nothing(proof: str) -> None:
    with_proof = assess(replace(NONE, has_rollback_plan=False, rollback_proof=proof))

    assert with_proof == assess(replace(NONE, has_rollback_plan=False))


@pytest.mark.parametrize(
    ("record", "points", "why"),
    [
        (
            Record(closed=3, failed=2),
            7,
            "2 of 3 changes of this service failed; with so few, counted as 23 % (usual: 10 %).",
        ),
        (
            Record(closed=1, failed=1),
            4,
            "1 of 1 change of this service failed; with so few, counted as 18 % (usual: 10 %).",
        ),
        (
            Record(closed=100, failed=40),
            14,
            "40 of 100 changes of this service failed, counted as 37 % (usual: 10 %).",
        ),
        (
            Record(closed=200, failed=0),
            -5,
            "0 of 200 changes of this service failed, counted as 0 % (usual: 10 %).",
        ),
    ],
)
def test_history_counts_by_how_far_it_is_from_what_is_usual(
    record: Record, points: int, why: str
) -> None:
    found = assess(replace(PROVED, history=History(organisation=USUAL, service=record)))

    assert [(one.points, one.why) for one in found.factors if one.name == "history of service"] == [
        (points, why)
    ]


def test_incidents_that_followed_are_told() -> None:
    record = Record(closed=20, failed=2, followed=6)
    found = assess(replace(PROVED, history=History(organisation=USUAL, service=record)))

    assert [one.why for one in found.factors if one.name == "incidents that followed"] == [
        "6 of 20 changes of this service were followed by a SEV-1 or SEV-2 within a day, "
        "counted as 20 %."
    ]


@given(CIRCUMSTANCES, st.lists(st.integers(0, 3), min_size=5, max_size=5))
def test_more_dependents_never_lower_the_score(at: Circumstances, more: list[int]) -> None:
    counts = [*at.dependents, *(0,) * (5 - len(at.dependents))]
    wider = tuple(one + other for one, other in zip(counts, more, strict=True))

    assert assess(replace(at, dependents=wider)).score >= assess(at).score


@given(CIRCUMSTANCES)
def test_more_evidence_never_raises_the_score(at: Circumstances) -> None:
    for better in (
        {"has_rollback_plan": True},
        {"has_test_plan": True},
        {"has_test_evidence": True},
        {"rollback_proof": "automated"},
        {"rollout": "canary"},
    ):
        assert assess(replace(at, **better)).score <= assess(at).score  # type: ignore[arg-type]


@given(CIRCUMSTANCES, RECORDS)
def test_more_failures_never_lower_the_score(at: Circumstances, record: Record) -> None:
    worse = Record(record.closed, record.closed, record.followed)
    told, tells_more = (
        replace(at, history=replace(at.history, service=one)) for one in (record, worse)
    )

    assert assess(tells_more).score >= assess(told).score


@given(CIRCUMSTANCES)
def test_the_same_circumstances_weigh_the_same(at: Circumstances) -> None:
    assert assess(at) == assess(replace(at))


def test_every_category_and_rollout_a_form_offers_is_known_to_the_score() -> None:
    assert set(CATEGORY_POINTS) - set(Category.values) == set()
    assert set(ROLLOUT_POINTS) == set(Rollout.values)
    assert set(PROOF_POINTS) == set(RollbackProof.values) - {""}


def test_a_tier_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        assess(replace(NONE, tier=0))
