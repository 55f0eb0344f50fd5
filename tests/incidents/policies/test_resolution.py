"""When service is known to be restored."""

from datetime import UTC, datetime, timedelta

import pytest

from incidents.policies.resolution import Watched, green_since, is_green, missing, postmortem_due

NOW = datetime(2026, 11, 20, 16, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
APART = 15 * MINUTE


@pytest.mark.parametrize(
    ("watched", "says"),
    [
        (Watched("p99", APART, NOW - APART, NOW), None),
        (Watched("p99", APART, NOW - 20 * MINUTE, NOW - 5 * MINUTE), None),
        (Watched("p99", APART), "Nobody has looked at p99: it must be green for 15 min."),
        (
            Watched("p99", APART, NOW - APART, NOW - 6 * MINUTE),
            "Nobody has looked at p99 since 15:54 UTC: it must be green for 15 min.",
        ),
        (Watched("p99", APART, None, NOW, "7 s."), "p99 is not green. 7 s."),
        (
            Watched("p99", APART, NOW - 14 * MINUTE, NOW),
            "p99 is green since 15:46 UTC, and must be for 15 min.",
        ),
        (
            Watched("p99", APART, NOW - 17 * MINUTE, NOW - 3 * MINUTE),
            "p99 is green since 15:43 UTC, and must be for 15 min.",
        ),
    ],
)
def test_green_twice_so_long_apart_and_lately(watched, says):
    reasons = missing([watched], ref="INC-7", now=NOW)

    assert [(one.code, one.message) for one in reasons] == (
        [("not_verified", says)] if says else []
    )


def test_every_check_that_lacks_something_is_told_with_when_it_may_be():
    found = missing(
        [Watched("a", APART), Watched("b", APART, NOW - MINUTE, NOW)], ref="INC-7", now=NOW
    )

    assert [one.until for one in found] == [None, NOW + 14 * MINUTE]


@pytest.mark.parametrize(
    ("before", "last", "green", "since"),
    [
        (None, None, True, NOW),
        (None, NOW - MINUTE, True, NOW),
        (NOW - APART, NOW - MINUTE, True, NOW - APART),
        (NOW - APART, NOW - 6 * MINUTE, True, NOW),
        (NOW - APART, NOW - MINUTE, False, None),
    ],
)
def test_one_red_look_or_a_gap_begins_anew(before, last, green, since):
    watched = Watched("p99", APART, before, last)

    assert green_since(watched, green=green, at=NOW) == since


@pytest.mark.parametrize(
    ("comparison", "value", "green"),
    [("<", 5, False), ("<=", 5, True), (">", 5, False), (">=", 5, True), ("<", 4.9, True)],
)
def test_a_figure_is_held_against_its_threshold(comparison, value, green):
    assert is_green(value, comparison=comparison, threshold=5) is green


def test_a_postmortem_is_due_after_five_working_days():
    assert postmortem_due(NOW) == NOW + timedelta(days=7)
