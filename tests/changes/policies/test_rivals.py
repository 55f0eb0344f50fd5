"""Who keeps whom from being scheduled and started."""

from dataclasses import replace
from datetime import datetime
from itertools import product

import pytest

from changes.policies import rivals
from changes.policies.facts import Facts, LockFacts, Rival, Room
from changes.states import Kind, State
from changes.windows import Interval
from tests.living import at

PLANNED = Interval(at(60), at(180))


def rival(
    ref: str = "CHG-7",
    *,
    kind: Kind = Kind.NORMAL,
    is_running: bool = False,
    planned: Interval = PLANNED,
) -> Rival:
    return Rival(ref, kind, is_running, planned, "ada", "refunds")


def facts(*, kind: Kind = Kind.NORMAL, state: State = State.SCHEDULED, **given: object) -> Facts:
    plain = Facts(
        ref="CHG-9",
        kind=kind,
        state=state,
        service="refunds",
        environment="production",
        tier=3,
        environment_is_open=True,
        planned=PLANNED,
        one_at_a_time="service",
    )
    return replace(plain, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("mine", "other"), list(product(Kind, Kind)))
def test_two_normal_changes_alone_exclude_each_other(mine: Kind, other: Kind):
    found = list(
        rivals.place_is_free_when_planned(facts(kind=mine, rivals=(rival(kind=other),)), at(0))
    )

    both = mine is other is Kind.NORMAL
    assert [one.code for one in found] == (["conflict"] if both else [])


@pytest.mark.parametrize(("mine", "other"), list(product(Kind, Kind)))
def test_what_runs_holds_up_all_but_emergencies_and_standard_beside_standard(
    mine: Kind, other: Kind
):
    running = rival(kind=other, is_running=True)

    found = list(rivals.nobody_else_works_there(facts(kind=mine, rivals=(running,)), at(60)))

    waits = mine is not Kind.EMERGENCY and not mine is other is Kind.STANDARD
    assert [one.code for one in found] == (["conflict"] if waits else [])


@pytest.mark.parametrize("state", [state for state in State if state is not State.SCHEDULED])
def test_what_has_started_itself_is_not_held_up(state: State):
    running = (rival(is_running=True),)
    full = Room(1, (rival(is_running=True),))

    seen = facts(state=state, rivals=running, room=full)

    assert list(rivals.nobody_else_works_there(seen, at(60))) == []
    assert list(rivals.environment_has_room(seen, at(60))) == []


def test_an_emergency_is_told_whom_it_passes_by():
    seen = facts(kind=Kind.EMERGENCY, rivals=(rival(is_running=True), rival("CHG-8")))

    (said,) = rivals.others_that_are_passed_by(seen, at(60))

    assert (said.message, said.remedy) == (
        "CHG-7 (ada) is being implemented on refunds in production.",
        "Tell ada before you touch it.",
    )
    assert (
        list(rivals.others_that_are_passed_by(facts(rivals=(rival(is_running=True),)), at(60)))
        == []
    )


def test_where_nothing_is_kept_apart_nothing_is_refused():
    seen = facts(rivals=(rival(is_running=True),), one_at_a_time="nothing")

    assert list(rivals.place_is_free_when_planned(seen, at(0))) == []
    assert list(rivals.nobody_else_works_there(seen, at(60))) == []


@pytest.mark.parametrize(
    ("taken", "free"),
    [
        ([], 60),
        ([(60, 180)], 180),
        ([(0, 61), (100, 130), (200, 300)], 300),
        ([(70, 90), (210, 300)], 90),
        ([(0, 60)], 60),
        ([(180, 240)], 60),
        ([(50, 100), (60, 90)], 100),
    ],
)
def test_the_first_time_that_is_long_enough_is_free(taken: list[tuple[int, int]], free: int):
    held = [rival(planned=Interval(at(starts), at(ends))) for starts, ends in taken]

    assert rivals.free_from(PLANNED, held, now=at(0)) == at(free)


def test_no_time_that_is_over_is_offered():
    assert rivals.free_from(PLANNED, [], now=at(90)) == at(90)


LOCK = LockFacts("ada", "moving the rack", at(120))


@pytest.mark.parametrize(
    ("given", "now", "busy"),
    [
        ({}, at(60), True),
        ({}, at(120), False),
        ({"lock": replace(LOCK, change="CHG-9")}, at(60), False),
        ({"lock": replace(LOCK, change="CHG-8")}, at(60), True),
        ({"kind": Kind.EMERGENCY}, at(60), False),
        ({"state": State.IMPLEMENTING}, at(60), False),
        ({"ref": ""}, at(60), True),
        ({"lock": None}, at(60), False),
    ],
)
def test_a_locked_environment_takes_nobody_but_whom_it_is_locked_for(
    given: dict[str, object], now: datetime, busy: bool
):
    found = list(rivals.environment_is_not_locked(facts(**{"lock": LOCK, **given}), now))

    assert [(one.code, one.until) for one in found] == (
        [("environment_busy", at(120))] if busy else []
    )


def test_who_holds_the_lock_and_why_is_said():
    (said,) = rivals.environment_is_not_locked(facts(lock=LOCK), at(60))

    assert said.message == "ada locked production until Wed 18 Nov 11:00 UTC: moving the rack"
    assert said.remedy == "Wait until then, or ask ada or a change manager to release it."


@pytest.mark.parametrize(("holders", "busy"), [(0, False), (1, False), (2, True), (3, True)])
def test_an_environment_has_room_for_as_many_as_it_says(holders: int, busy: bool):
    room = Room(2, tuple(rival(f"CHG-{n}", is_running=True) for n in range(1, holders + 1)))

    found = list(rivals.environment_has_room(facts(room=room), at(60)))

    assert [one.code for one in found] == (["environment_busy"] if busy else [])


def test_who_has_the_room_is_named_and_counted():
    room = Room(4, tuple(rival(f"CHG-{n}", is_running=True) for n in range(1, 6)))

    (said,) = rivals.environment_has_room(facts(room=room), at(60))

    assert said.message == (
        "production takes 4 changes at a time, and CHG-1 (refunds, ada), CHG-2 (refunds, ada), "
        "CHG-3 (refunds, ada) and 2 more have the room."
    )
