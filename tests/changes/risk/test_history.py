"""What a few changes prove, and what many do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.risk import counted
from changes.risk.history import Record, failures, interval, usual_failures

OF = st.integers(0, 1000)
SHARES = st.floats(0, 1)


def test_two_of_three_count_as_31_percent_where_every_fifth_fails() -> None:
    found = counted(2, 3, usual=0.2)

    assert (found.percent, found.is_few) == (31, True)


def test_forty_of_a_hundred_speak_for_themselves() -> None:
    found = counted(40, 100, usual=0.1)

    assert (found.percent, found.is_few) == (37, False)


@given(OF, SHARES, SHARES)
def test_what_is_counted_lies_between_ones_own_share_and_the_usual(
    of: int, part: float, usual: float
) -> None:
    some = round(part * of)
    own = some / of if of else usual

    found = counted(some, of, usual=usual).share

    assert min(own, usual) - 1e-9 <= found <= max(own, usual) + 1e-9


@given(OF, SHARES, SHARES)
def test_counting_what_went_well_comes_to_the_same(of: int, part: float, usual: float) -> None:
    some = round(part * of)

    bad, good = counted(some, of, usual=usual), counted(of - some, of, usual=1 - usual)

    assert bad.share + good.share == pytest.approx(1)


@given(st.integers(1, 500), st.integers(1, 20), SHARES)
def test_more_of_the_same_moves_it_to_ones_own_share(of: int, more: int, usual: float) -> None:
    few, many = (counted(one, 2 * one, usual=usual).share for one in (of, of + more))

    assert abs(many - 0.5) <= abs(few - 0.5)


def test_an_organisation_without_changes_is_taken_for_a_usual_one() -> None:
    assert usual_failures(Record()).percent == 10
    assert failures(Record(), organisation=Record()).percent == 10


@pytest.mark.parametrize(
    ("some", "of", "bounds"),
    [(0, 0, (0, 100)), (0, 10, (0, 28)), (2, 3, (21, 94)), (40, 100, (31, 50)), (5, 5, (57, 100))],
)
def test_the_interval_is_wilsons(some: int, of: int, bounds: tuple[int, int]) -> None:
    low, high = interval(some, of)

    assert (round(low * 100), round(high * 100)) == bounds
