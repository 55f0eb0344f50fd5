"""When a check that we run has passed or failed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from changes.policies.soaking import Look, Sample, Watch, after, longest_gap

BEGUN = datetime(2026, 11, 18, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WATCH = Watch(BEGUN, interval=MINUTE, soak=5 * MINUTE, give_up_after=20 * MINUTE)


def at(minutes: float, word: Look = Look.HELD) -> Sample:
    return Sample(BEGUN + timedelta(minutes=minutes), word, "It was looked at.", 1.0)


def watched(*samples: Sample, watch: Watch = WATCH) -> Watch:
    for sample in samples:
        watch = after(watch, sample)
    return watch


def test_without_a_soak_time_one_look_is_enough():
    watch = watched(at(0), watch=replace(WATCH, soak=timedelta()))

    assert (watch.passed, watch.due_at) == (True, None)


def test_it_passes_when_it_has_held_for_the_soak_time():
    going_on = watched(*(at(n) for n in range(5)))
    done = after(going_on, at(5))

    assert (going_on.passed, going_on.holding_since, going_on.due_at) == (
        None,
        BEGUN,
        BEGUN + 5 * MINUTE,
    )
    assert (done.passed, done.holding_since, done.due_at) == (True, BEGUN, None)


@pytest.mark.parametrize("word", sorted(set(Look) - {Look.HELD, Look.ALERTS}))
def test_whatever_does_not_hold_begins_the_soak_anew(word: Look):
    broken = watched(at(0), at(1), at(2, word))
    again = watched(*(at(n) for n in range(3, 8)), watch=broken)

    assert (broken.passed, broken.holding_since) == (None, None)
    assert again.passed is None
    assert after(again, at(8)).passed is True


def test_what_fired_has_fired_and_fails_it_at_once():
    watch = watched(at(0), at(1, Look.ALERTS))

    assert (watch.passed, watch.due_at) == (False, None)


def test_it_is_given_up_at_the_first_look_that_does_not_hold_after_its_time():
    late = watched(at(18), at(19))

    assert watched(at(19.9, Look.MISSED)).passed is None
    assert watched(at(20, Look.MISSED)).passed is False
    assert after(late, at(20)).passed is None
    going_on = watched(at(20), at(21), at(22), watch=late)
    assert (going_on.passed, going_on.due_at) == (None, BEGUN + 23 * MINUTE)
    assert after(going_on, at(23)).passed is True
    assert after(going_on, at(23, Look.EMPTY)).passed is False


def test_time_in_which_nobody_looked_proves_nothing():
    within = watched(at(0), at(longest_gap(WATCH.interval) / MINUTE))
    beyond = watched(at(0), at(longest_gap(WATCH.interval) / MINUTE + 0.1))

    assert within.holding_since == BEGUN
    assert beyond.holding_since == BEGUN + longest_gap(WATCH.interval) + MINUTE / 10


def test_the_last_look_is_due_when_the_soak_time_is_over():
    watch = replace(WATCH, soak=1.5 * MINUTE)

    assert watched(at(0), at(1), watch=watch).due_at == BEGUN + 1.5 * MINUTE


@given(some.lists(some.tuples(some.integers(1, 200), some.booleans()), max_size=30))
def test_what_passes_has_held_all_along(steps: list[tuple[int, bool]]):
    watch, moment, looks = WATCH, BEGUN, []
    for seconds, holds in steps:
        moment += timedelta(seconds=seconds)
        sample = Sample(moment, Look.HELD if holds else Look.MISSED, "")
        looks.append(sample)
        watch = after(watch, sample)
        if watch.passed is not None:
            break

    if watch.passed:
        assert watch.holding_since is not None
        since = [one for one in looks if one.at >= watch.holding_since]
        assert all(one.holds for one in since)
        assert since[-1].at - since[0].at >= WATCH.soak
        assert all(b.at - a.at <= longest_gap(WATCH.interval) for a, b in pairwise(since))
    assert (watch.due_at is None) == (watch.passed is not None or not looks)
