"""One step of a canary after the other, each proven before the next."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from changes.policies import Facts, may
from changes.policies.canary import Verdict, after, answer, due_at, planned, ready_at, state_after
from changes.policies.canary_facts import CanaryFacts, MeasureFacts, StepFacts
from changes.policies.canary_figures import Bounds, judged
from changes.policies.soaking import Look, Sample
from changes.states import Outcome, State, StepState
from ledger.decision import Reason
from tests.changes.policies.given import NOW, facts

MINUTE = timedelta(minutes=1)
STEPS = planned(steps=[5, 25, 100], minutes=[10, 30, 20])
RATE = MeasureFacts(
    "error-rate", 10 * MINUTE, MINUTE, NOW - 4 * MINUTE, NOW, "held", "0 is < 0.05."
)
MISSED = replace(RATE, holding_since=None, word="missed", said="0.4 is not < 0.05.", misses=1)
BLIND = replace(RATE, name="p99", holding_since=None, word="not_reached", said="No answer.")
FROZEN = Reason("freeze_active", "It is frozen.", "Wait.", until=NOW + 3 * MINUTE, source="window")


def canary(
    percent: int | None = None, state: StepState = StepState.SOAKING, *measures: MeasureFacts
) -> CanaryFacts:
    return CanaryFacts(STEPS, StepFacts(percent, state, measures or (RATE,)) if percent else None)


def looked(measure: MeasureFacts, *looks: tuple[float, Look]) -> MeasureFacts:
    for minutes, word in looks:
        measure = after(measure, Sample(NOW + minutes * MINUTE, word, "It was looked at."))
    return measure


def codes(verb: str, known: CanaryFacts | None, **more: Any) -> tuple[str, ...]:
    asked: Facts = facts(more.pop("state", State.IMPLEMENTING), canary=known, **more)
    return may(verb, asked, now=NOW).codes


@pytest.mark.parametrize(
    ("minutes", "soaks"),
    [([], [10, 10, 10]), ([30], [30, 30, 30]), ([0, 5, 60], [0, 5, 60])],
)
def test_one_length_is_for_every_step_and_none_is_ten_minutes(minutes, soaks):
    found = planned(steps=[5, 25, 100], minutes=minutes)

    assert [(one.percent, one.soak / MINUTE) for one in found] == [
        *zip([5, 25, 100], soaks, strict=True)
    ]


BEGUN, STABLE, FAILED = StepState.SOAKING, StepState.STABLE, StepState.FAILED


@pytest.mark.parametrize(
    ("reached", "asked", "refused"),
    [
        (canary(), 5, ()),
        (canary(), 25, ("step_skipped",)),
        (canary(), 100, ("step_skipped",)),
        (canary(5, BEGUN), 25, ("step_not_stable",)),
        (canary(5, BEGUN), 100, ("step_skipped", "step_not_stable")),
        (canary(5, STABLE), 25, ()),
        (canary(5, STABLE), 100, ("step_skipped",)),
        (canary(5, FAILED, MISSED), 25, ("step_failed",)),
        (canary(25, STABLE), 5, ("step_behind",)),
        (canary(25, STABLE), 100, ()),
        (canary(100, STABLE), 25, ("step_behind",)),
        (None, 5, ("no_canary_steps",)),
    ],
)
def test_a_step_follows_the_one_before_once_that_is_stable(reached, asked, refused):
    known = reached and replace(reached, asked=asked)

    assert codes("step", known) == refused


def test_a_step_that_soaks_says_until_when():
    (reason,) = may(
        "step", facts(State.IMPLEMENTING, canary=replace(canary(5), asked=25)), now=NOW
    ).reasons

    assert reason.until == NOW + 6 * MINUTE
    assert reason.message == (
        "The step to 5 % is not stable yet: it must hold for 10 min, until Wed 18 Nov 11:06 CET."
    )


@pytest.mark.parametrize(
    ("measures", "said"),
    [
        ((RATE, BLIND), "p99 does not hold: No answer."),
        ((MISSED, BLIND), "error-rate and p99 do not hold: 0.4 is not < 0.05. No answer."),
        ((replace(BLIND, said=""),), "p99 does not hold: nobody has looked yet."),
    ],
)
def test_what_does_not_hold_is_named_and_promises_no_time(measures, said):
    (reason,) = may(
        "finish", facts(State.IMPLEMENTING, canary=canary(100, BEGUN, *measures)), now=NOW
    ).reasons

    assert (reason.code, reason.until) == ("step_not_stable", None)
    assert reason.message == f"The step to 100 % is not stable yet: {said}"


def test_what_nobody_looked_at_lately_promises_no_time():
    later = NOW + 5 * MINUTE
    (reason,) = may("finish", facts(State.IMPLEMENTING, canary=canary(100)), now=later).reasons

    assert (ready_at(StepFacts(5, BEGUN, (RATE,)), now=later), reason.until) == (None, None)
    assert reason.message.endswith("nobody has looked since Wed 18 Nov 11:00 CET.")


WHOLE = [
    (canary(), ("steps_missing",)),
    (canary(5, BEGUN), ("steps_missing", "step_not_stable")),
    (canary(25, STABLE), ("steps_missing",)),
    (canary(100, BEGUN), ("step_not_stable",)),
    (canary(100, FAILED, MISSED), ("step_failed",)),
    (canary(100, STABLE), ()),
    (None, ()),
]


@pytest.mark.parametrize(("reached", "refused"), WHOLE)
def test_a_canary_is_finished_when_its_last_step_is_stable(reached, refused):
    assert codes("finish", reached) == refused
    assert codes("finish", reached, deployment_failed=True) == ()


@pytest.mark.parametrize(("reached", "refused"), WHOLE[1:])
def test_it_closes_as_successful_only_then(reached, refused):
    assert codes("close", reached, state=State.VALIDATING) == refused
    assert codes("close", reached, state=State.VALIDATING, outcome=Outcome.FAILED) == ()


def test_a_change_finished_before_steps_were_reported_closes():
    assert codes("close", canary(), state=State.VALIDATING) == ()


def test_a_deployment_that_failed_in_the_middle_of_a_step_is_no_success():
    reached = canary(5, StepState.ENDED)

    assert codes("close", reached, state=State.VALIDATING) == ("steps_missing", "step_not_stable")


@pytest.mark.parametrize("state", list(StepState))
def test_after_a_step_that_failed_nothing_is_deployed_and_all_can_be_rolled_back(state):
    refused = ("step_failed",) if state is FAILED else ()

    assert codes("deploy", canary(5, state, MISSED)) == refused
    assert codes("roll_back", canary(5, state, MISSED)) == ()


@pytest.mark.parametrize(
    ("reached", "objections", "verdict", "following", "again"),
    [
        (canary(), (), Verdict.PROCEED, 5, None),
        (canary(), (FROZEN,), Verdict.WAIT, 5, 3 * MINUTE),
        (canary(5, BEGUN), (), Verdict.SOAK, 25, 5 * MINUTE),
        (canary(5, BEGUN, RATE, BLIND), (), Verdict.SOAK, 25, MINUTE),
        (canary(5, BEGUN), (FROZEN,), Verdict.SOAK, 25, 5 * MINUTE),
        (canary(5, STABLE), (), Verdict.PROCEED, 25, None),
        (canary(5, STABLE), (FROZEN,), Verdict.WAIT, 25, 3 * MINUTE),
        (canary(100, STABLE), (), Verdict.PROCEED, None, None),
        (canary(25, FAILED, MISSED), (), Verdict.ROLL_BACK, None, None),
        (canary(25, FAILED, MISSED), (FROZEN,), Verdict.ROLL_BACK, None, None),
    ],
)
def test_the_verdict_says_what_comes_next_and_when_to_ask_again(
    reached, objections, verdict, following, again
):
    said = answer(reached, objections=objections, zone="UTC", now=NOW)

    assert (said.verdict, said.next_percent, said.retry_after) == (verdict, following, again)
    assert bool(said.reasons) == (verdict is not Verdict.PROCEED)


@pytest.mark.parametrize(
    ("looks", "allowed", "state"),
    [
        ([], 0, BEGUN),
        ([(n, Look.HELD) for n in range(10)], 0, BEGUN),
        ([(n, Look.HELD) for n in range(11)], 0, STABLE),
        ([(0, Look.HELD), (10, Look.HELD)], 0, BEGUN),  # nobody looked for too long
        ([(n, Look.HELD) for n in range(9)] + [(9, Look.EMPTY), (10, Look.HELD)], 0, BEGUN),
        ([(0, Look.MISSED)], 0, FAILED),
        ([(0, Look.MISSED)], 1, BEGUN),
        ([(0, Look.MISSED), (1, Look.HELD), (2, Look.MISSED)], 1, FAILED),
        ([(0, Look.MISSED), *((n, Look.HELD) for n in range(1, 12))], 1, STABLE),
    ],
)
def test_a_step_is_stable_when_it_has_held_and_fails_on_one_miss_too_many(looks, allowed, state):
    fresh = MeasureFacts("error-rate", 10 * MINUTE, MINUTE, failures_allowed=allowed)
    measure = looked(fresh, *looks)
    now = measure.last_at or NOW

    assert state_after(StepFacts(5, BEGUN, (measure,)), now=now) is state


NO_PROOF = [word for word in Look if word not in (Look.HELD, Look.MISSED, Look.ALERTS)]


@pytest.mark.parametrize("word", NO_PROOF)
def test_what_is_no_figure_neither_passes_nor_fails_a_step(word):
    measure = looked(MeasureFacts("p99", timedelta(), MINUTE), *((n, word) for n in range(300)))

    step = StepFacts(5, BEGUN, (measure,))
    assert state_after(step, now=measure.last_at) is BEGUN
    assert (measure.misses, ready_at(step, now=measure.last_at)) == (0, None)


def test_every_measure_must_hold_and_nothing_measured_is_never_stable():
    held = looked(MeasureFacts("a", timedelta(), MINUTE), (0, Look.HELD))
    blind = looked(MeasureFacts("b", timedelta(), MINUTE), (0, Look.EMPTY))

    assert state_after(StepFacts(5, BEGUN, (held,)), now=NOW) is STABLE
    assert state_after(StepFacts(5, BEGUN, (held, blind)), now=NOW) is BEGUN
    assert state_after(StepFacts(5, BEGUN, ()), now=NOW) is BEGUN
    assert state_after(StepFacts(5, BEGUN, (held,)), now=NOW + 5 * MINUTE) is BEGUN


def test_a_stable_step_still_fails_and_a_decided_one_stays():
    assert state_after(StepFacts(5, STABLE, (BLIND,)), now=NOW) is STABLE
    assert state_after(StepFacts(5, STABLE, (MISSED,)), now=NOW) is FAILED
    assert state_after(StepFacts(5, FAILED, (RATE,)), now=NOW) is FAILED
    assert state_after(StepFacts(5, StepState.ENDED, (MISSED,)), now=NOW) is StepState.ENDED


def test_it_is_looked_at_when_the_soak_ends_between_two_looks():
    soon = replace(RATE, holding_since=NOW - 9.5 * MINUTE)

    assert due_at(soon, now=NOW) == NOW + MINUTE / 2
    assert due_at(RATE, now=NOW) == NOW + MINUTE
    assert due_at(BLIND, now=NOW) == NOW + MINUTE


WORDS = some.lists(some.sampled_from(list(Look)), min_size=1, max_size=40)


@given(words=WORDS, allowed=some.integers(0, 3))
def test_whatever_was_seen_a_stable_step_held_without_a_gap(words, allowed):
    measure = MeasureFacts("m", 5 * MINUTE, MINUTE, failures_allowed=allowed)
    measure = looked(measure, *enumerate(words))
    state = state_after(StepFacts(5, BEGUN, (measure,)), now=measure.last_at)

    misses = words.count(Look.MISSED) + words.count(Look.ALERTS)
    proven = len(words) > 5 and set(words[-6:]) == {Look.HELD}
    assert state is (FAILED if misses > allowed else STABLE if proven else BEGUN)


BELOW = Bounds("<", 0.05, tolerated_ratio=1.5)
EITHER = replace(BELOW, tolerated_difference=0.001)


@pytest.mark.parametrize(
    ("value", "baseline", "bounds", "holds"),
    [
        (0.01, None, BELOW, True),
        (0.05, None, BELOW, False),
        (0.05, None, Bounds("<=", 0.05), True),
        (0.01, 0.01, BELOW, True),
        (0.015, 0.01, BELOW, True),
        (0.016, 0.01, BELOW, False),
        (0.06, 0.06, BELOW, False),  # as bad as the baseline is still too bad
        (0.001, 0, BELOW, False),
        (0.001, 0, EITHER, True),
        (0.0011, 0, EITHER, False),
        (0.001, 0.04, BELOW, True),  # better
        (99, 100, Bounds(">", 90, tolerated_ratio=1.01), False),
        (99.5, 100, Bounds(">", 90, tolerated_ratio=1.01), True),
        (98, 100, Bounds(">=", 90, tolerated_difference=2), True),
        (97.9, 100, Bounds(">=", 90, tolerated_difference=2), False),
    ],
)
def test_a_figure_holds_within_its_threshold_and_near_the_baseline(value, baseline, bounds, holds):
    assert judged(value, baseline, bounds)[0] is holds


def test_the_sentence_tells_figure_threshold_and_baseline():
    assert judged(0.02, 0.01, EITHER)[1] == (
        "0.02 is < 0.05; it is beyond 1.5 times or 0.001 of the baseline’s 0.01."
    )
    assert judged(0.2, None, EITHER)[1] == "0.2 is not < 0.05."
