"""Risk is a score whose factors are shown."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.models.choices import Category, Rollout
from changes.risk import (
    CATEGORY_POINTS,
    ROLLOUT_POINTS,
    Circumstances,
    RiskLevel,
    assess,
    level_of,
)
from changes.states import Kind

NONE = Circumstances(
    kind="normal",
    tier=4,
    category="deployment",
    rollout="canary",
    production=False,
    dependents=0,
    has_rollback_plan=True,
    has_test_plan=True,
)
WORST = Circumstances(
    kind="emergency",
    tier=1,
    category="database",
    rollout="all_at_once",
    production=True,
    dependents=99,
    has_rollback_plan=False,
    has_test_plan=False,
)
CIRCUMSTANCES = st.builds(
    Circumstances,
    kind=st.sampled_from([str(kind) for kind in Kind]),
    tier=st.integers(1, 4),
    category=st.sampled_from(Category.values),
    rollout=st.sampled_from(Rollout.values),
    production=st.booleans(),
    dependents=st.integers(0, 50),
    has_rollback_plan=st.booleans(),
    has_test_plan=st.booleans(),
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
        ({"dependents": 1}, "blast radius", 2),
        ({"dependents": 7}, "blast radius", 14),
        ({"dependents": 5000}, "blast radius", 14),
        ({"has_rollback_plan": False}, "rollback", 15),
        ({"has_test_plan": False}, "tests", 10),
        ({"kind": "emergency"}, "emergency", 10),
    ],
)
def test_each_factor_counts_on_its_own(more: dict[str, Any], name: str, points: int) -> None:
    found = assess(replace(NONE, **more))

    assert (found.score, [(factor.name, factor.points) for factor in found.factors]) == (
        points,
        [(name, points)],
    )


def test_nothing_risky_scores_nothing() -> None:
    assert assess(NONE).as_json() == {"level": "low", "score": 0, "factors": []}


def test_the_worst_change_names_every_factor_heaviest_first() -> None:
    found = assess(WORST)

    assert found.level is RiskLevel.HIGH
    assert [(factor.name, factor.points, factor.why) for factor in found.factors] == [
        ("tier", 30, "The service is tier 1."),
        ("environment", 15, "It goes to production."),
        ("rollback", 15, "There is no rollback plan."),
        ("rollout", 15, "Rollout: all at once."),
        ("blast radius", 14, "99 services depend on this one."),
        ("category", 10, "Database changes."),
        ("emergency", 10, "Emergency changes are made in haste."),
        ("tests", 10, "There is no test plan."),
    ]


def test_one_dependent_is_told_in_the_singular() -> None:
    (factor,) = assess(replace(NONE, dependents=1)).factors

    assert factor.why == "1 service depends on this one."


@given(CIRCUMSTANCES)
def test_the_factors_add_up_to_the_score(circumstances: Circumstances) -> None:
    found = assess(circumstances)

    assert sum(factor.points for factor in found.factors) == found.score
    assert found.level == level_of(found.score)
    assert all(factor.points > 0 and factor.why.endswith(".") for factor in found.factors)


@given(CIRCUMSTANCES)
def test_following_a_remedy_lowers_the_score(circumstances: Circumstances) -> None:
    better = {
        "rollout": {"rollout": "canary"},
        "rollback": {"has_rollback_plan": True},
        "tests": {"has_test_plan": True},
    }

    remedied = [factor for factor in assess(circumstances).factors if factor.remedy]

    assert [
        factor
        for factor in remedied
        if assess(replace(circumstances, **better[factor.name])).score
        != assess(circumstances).score - factor.points
    ] == []


def test_every_category_and_rollout_a_form_offers_is_known_to_the_score() -> None:
    assert set(CATEGORY_POINTS) - set(Category.values) == set()
    assert set(ROLLOUT_POINTS) == set(Rollout.values)


def test_a_tier_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        assess(replace(NONE, tier=0))
