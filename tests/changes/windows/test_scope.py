"""Scopes: inherited downwards, with exceptions, the same in Python and in SQL."""

from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.windows.scope import DIMENSIONS, EXCEPT, Place, covers, leaves_nothing, words

REFUNDS = Place(
    team="payments",
    service="refunds",
    environment="production",
    tier=3,
    kind="normal",
    category="deployment",
    risk="low",
)


def scope(**given: Any) -> Any:
    """A scope of everything, but for what is given."""
    lists = {prefix + many: [] for prefix, many in product(("", EXCEPT), DIMENSIONS)}
    return SimpleNamespace(**(lists | {"except_standard_up_to_risk": ""} | given))


@pytest.mark.parametrize(
    ("given", "covered"),
    [
        ({}, True),
        ({"teams": ["payments"]}, True),
        ({"teams": ["search"]}, False),
        ({"teams": ["payments"], "environments": ["production"]}, True),
        ({"teams": ["payments"], "environments": ["staging"]}, False),
        ({"except_services": ["refunds"]}, False),
        ({"except_services": ["payments-api"]}, True),
        ({"teams": ["payments"], "except_services": ["refunds"]}, False),
        ({"services": ["refunds"], "except_teams": ["payments"]}, False),
        ({"services": ["refunds"], "except_environments": ["staging"]}, True),
        ({"except_environments": ["production"]}, False),
        ({"except_tiers": [3, 4]}, False),
        ({"except_kinds": ["normal"]}, False),
        ({"except_categories": ["database"]}, True),
        ({"except_categories": ["deployment"]}, False),
        ({"except_standard_up_to_risk": "high"}, True),
    ],
)
def test_a_list_narrows_and_an_exception_takes_out(given: dict[str, Any], covered: bool) -> None:
    assert covers(scope(**given), REFUNDS) is covered


@pytest.mark.parametrize(
    ("risk", "up_to", "covered"),
    [
        ("low", "low", False),
        ("medium", "low", True),
        ("medium", "high", False),
        ("low", "", True),
    ],
)
def test_standard_changes_pass_up_to_a_risk(risk: str, up_to: str, covered: bool) -> None:
    place = Place(kind="standard", risk=risk)

    assert covers(scope(except_standard_up_to_risk=up_to), place) is covered


def test_what_is_not_known_of_a_place_is_not_asked() -> None:
    narrowed = scope(services=["refunds"], except_kinds=["normal"])

    assert covers(narrowed, Place(team="payments"))
    assert not covers(narrowed, Place(service="search"))


def test_a_scope_whose_every_entry_is_excepted_leaves_nothing() -> None:
    assert list(leaves_nothing(scope(except_services=["refunds"]))) == []
    assert list(
        leaves_nothing(
            scope(
                services=["refunds"],
                except_services=["refunds", "search"],
                tiers=[1, 2],
                except_tiers=[1],
            )
        )
    ) == ["services"]


def test_a_scope_is_told_in_words() -> None:
    assert words(scope()) == ""
    assert (
        words(
            scope(
                environments=["production"],
                tiers=[1],
                except_teams=["search"],
                except_categories=["security"],
                except_standard_up_to_risk="low",
            )
        )
        == "production, tier 1, except team search and security, "
        "not standard changes up to low risk"
    )


@given(st.sets(st.sampled_from(["payments", "search"])), st.sampled_from(["payments", "search"]))
def test_an_exception_always_wins(excepted: set[str], team: str) -> None:
    named = scope(teams=[team], except_teams=sorted(excepted))

    assert covers(named, Place(team=team)) is (team not in excepted)
