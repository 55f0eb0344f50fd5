"""What an alert is after things are said of it, in whatever order: a table, and its edges."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from incidents.alerts.following import Standing, follow, run_out
from incidents.signals import Said, Signal

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def said(word: str, *, began: float = 0, ended: float | None = None, of: str = "") -> Signal:
    end = None if ended is None else at(ended)
    return Signal(
        key="k", said=Said(word), title="t", started_at=at(began), ended_at=end, occurrence=of
    )


def after(*told: tuple[float, Signal]) -> Standing:
    """How an alert stands after signals, each with the minutes at which it came."""
    alert = Standing()
    for minutes, signal in told:
        follow(alert, signal, heard_at=at(minutes))
        alert.known = {**alert.known, **alert.touched}
    return alert


def shape(alert: Standing) -> tuple[str, int, int]:
    return alert.state, alert.occurrences, alert.flaps


FIRE, ACK, END = said("firing"), said("acknowledged"), said("resolved")


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ([], ("resolved", 0, 0)),
        ([(0, FIRE)], ("firing", 1, 0)),
        ([(0, FIRE), (1, FIRE), (2, FIRE)], ("firing", 1, 0)),
        ([(0, FIRE), (1, ACK)], ("acknowledged", 1, 0)),
        ([(0, FIRE), (1, ACK), (2, FIRE)], ("acknowledged", 1, 0)),
        ([(0, FIRE), (1, END)], ("resolved", 1, 0)),
        ([(0, FIRE), (1, END), (2, END)], ("resolved", 1, 0)),
        ([(0, END)], ("resolved", 0, 0)),
        ([(0, ACK)], ("resolved", 0, 0)),
        ([(0, END), (1, FIRE)], ("firing", 1, 0)),
        ([(0, FIRE), (1, END), (2, said("firing", began=2))], ("firing", 2, 1)),
        ([(0, FIRE), (1, END), (30, said("firing", began=30))], ("firing", 2, 0)),
        ([(0, FIRE), (1, ACK), (2, END), (30, said("firing", began=30))], ("firing", 2, 0)),
    ],
)
def test_without_words_for_firings_what_comes_after_the_end_is_new(told, wanted):
    assert shape(after(*told)) == wanted


def spoken(word: str, at_minutes: float, *, began: float = 0) -> Signal:
    """Without a word for the firing, by a tool that tells when it says something."""
    return replace(said(word, began=began, ended=at_minutes), told_at=at(at_minutes))


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ([(5, spoken("resolved", 3)), (5, spoken("firing", 1))], ("resolved", 1, 0)),
        ([(5, spoken("firing", 1)), (6, spoken("resolved", 3))], ("resolved", 1, 0)),
        ([(5, spoken("resolved", 3)), (5, spoken("resolved", 4))], ("resolved", 1, 0)),
        ([(5, spoken("resolved", 3)), (9, spoken("firing", 8))], ("firing", 2, 1)),
        ([(5, spoken("resolved", 3)), (6, spoken("firing", -600_000))], ("firing", 2, 1)),
        ([(5, spoken("resolved", 600_000)), (6, spoken("firing", 6))], ("firing", 1, 0)),
    ],
)
def test_what_was_said_before_an_end_is_over_where_the_tool_tells_when(told, wanted):
    assert shape(after(*told)) == wanted


def test_a_ticket_that_is_opened_again_begins_then_and_not_when_it_was_made():
    alert = after((1, spoken("firing", 1)), (3, spoken("resolved", 3)), (9, spoken("firing", 8)))

    assert alert.newest is not None
    assert alert.newest.started_at == at(8)


ONE, ONE_ENDS = said("firing", of="1"), said("resolved", ended=3, of="1")
TWO, TWO_ENDS = said("firing", began=5, of="2"), said("resolved", began=5, ended=8, of="2")


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ([(9, ONE), (9, ONE)], ("firing", 1, 0)),
        ([(9, ONE_ENDS), (9, ONE)], ("resolved", 1, 0)),
        ([(9, ONE), (9, TWO)], ("firing", 2, 1)),
        ([(9, TWO), (9, ONE)], ("firing", 2, 0)),
        ([(9, TWO), (9, ONE_ENDS)], ("firing", 2, 0)),
        ([(9, ONE), (9, TWO_ENDS)], ("resolved", 2, 0)),
        ([(9, TWO), (9, said("resolved", began=4.9, ended=8, of="0"))], ("resolved", 1, 0)),
        ([(9, ONE), (9, ONE_ENDS), (9, TWO), (9, ONE), (9, ONE_ENDS)], ("firing", 2, 1)),
    ],
)
def test_with_words_for_firings_their_order_is_the_tools(told, wanted):
    assert shape(after(*told)) == wanted


def test_in_whatever_order_two_firings_are_told_they_end_alike():
    for order in permutations([ONE, ONE_ENDS, TWO, TWO_ENDS]):
        alert = after(*((9, signal) for signal in order))

        ends = {word: one.ended_at for word, one in alert.known.items()}
        assert (alert.state, alert.occurrences, ends) == ("resolved", 2, {"1": at(3), "2": at(8)})


def test_a_firing_that_ran_out_goes_on_when_it_is_told_again():
    alert = after((0, ONE))
    run_out(alert, at=at(4))
    assert shape(alert) == ("resolved", 1, 0)

    alert.known, alert.ended = dict(alert.touched), False
    follow(alert, ONE, heard_at=at(6))

    assert shape(alert) == ("firing", 1, 1)
    assert alert.newest is not None
    assert (alert.newest.ended_at, alert.began) == (None, True)


@pytest.mark.parametrize("days", [-365, -31, 1, 365])
def test_a_clock_that_is_off_decides_no_beginning(days):
    wrong = said("firing", began=days * 1440, of="x")
    alert = after((0, wrong))

    assert alert.newest is not None
    assert (alert.newest.started_at, alert.newest.clock_is_off) == (NOW, True)
    assert alert.newest.said_at == wrong.started_at
    ends = said("resolved", began=days * 1440, ended=days * 1440 + 1, of="x")
    follow(alert, ends, heard_at=at(7))
    assert (alert.state, alert.newest.ended_at) == ("resolved", at(7))


def test_after_a_clock_was_put_right_the_next_firing_is_no_late_one():
    alert = after((0, said("firing", began=365 * 1440, of="wrong")))

    follow(alert, said("firing", began=2, of="right"), heard_at=at(2))

    assert shape(alert) == ("firing", 2, 1)
