"""When whoever waits asks again, and how a place is said."""

from datetime import timedelta
from itertools import pairwise

import pytest

from changes.gate import turns
from tests.living import at

SECOND = timedelta(seconds=1)


def again(number: int = 1, *, key: int = 7, minutes: float | None = 30, others: bool = False):
    opens = None if minutes is None else at(minutes)
    return turns.ask_again(opens=opens, for_others=others, number=number, key=key, now=at(0))


def test_five_hundred_who_wait_for_one_instant_come_back_in_order_one_after_another():
    back = [again(number, key=number) for number in range(1, 501)]

    assert back[0] == timedelta(minutes=30)
    assert back == sorted(back)
    assert {later - sooner for sooner, later in pairwise(back)} == {timedelta(milliseconds=250)}


def test_far_ahead_they_are_spread_over_the_end_of_the_hour():
    back = [again(key=key, minutes=600) for key in range(500)]

    assert min(back) >= timedelta(minutes=50)
    assert max(back) <= timedelta(hours=1)
    in_one_second = max(
        sum(SECOND * second <= one < SECOND * (second + 1) for one in back)
        for second in range(3000, 3601)
    )
    assert in_one_second <= 8


def test_the_same_place_is_told_the_same():
    assert again(minutes=600) == again(minutes=600)


@pytest.mark.parametrize(
    ("number", "least", "most"), [(1, 10, 12.5), (3, 30, 37.5), (6, 60, 75), (500, 60, 75)]
)
def test_whoever_waits_for_others_asks_by_their_place(number: int, least: float, most: float):
    assert SECOND * least <= again(number, minutes=None, others=True) <= SECOND * most


def test_votes_are_asked_for_once_a_minute():
    assert SECOND * 60 <= again(9, minutes=None) <= SECOND * 75


def test_nobody_comes_back_at_once():
    assert again(minutes=0) == SECOND * 5


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (102, "102nd"),
        (111, "111th"),
    ],
)
def test_places_are_said_in_words(number: int, said: str):
    assert turns.told(number=number, of=200, environment="staging") == (
        f"{said} of 200 waiting for staging"
    )


def test_a_place_is_lost_after_twice_the_wait_and_a_little():
    ends = turns.expires(again=timedelta(minutes=10), has_callback=False, now=at(0))
    assert ends == at(25)
    assert turns.expires(again=SECOND, has_callback=True, now=at(0)) == at(7 * 24 * 60)
