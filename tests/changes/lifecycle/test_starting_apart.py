"""What keeps a scheduled change from starting: others at work, a locked or a full environment."""

import pytest

from catalog.models import Environment
from changes.models import Change, EnvironmentLock
from changes.states import Kind, State
from ledger.decision import Refused
from ledger.timeline import events_of
from tests.living import (
    at,
    change_at,
    environment,
    fresh,
    incident,
    one_at_a_time,
    person,
    say,
    service,
    verbs_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def apart(settled: None) -> None:
    one_at_a_time()


def refusal(change: Change, *, minutes: float = 60) -> list[tuple[str, str, str]]:
    """Code, message and remedy of why it cannot start; nothing has moved."""
    before = verbs_of(change.ref)
    with pytest.raises(Refused) as refused:
        say("start", change, minutes=minutes)
    assert (fresh(change).state, verbs_of(change.ref)) == ("scheduled", before)
    return [(one.code, one.message, one.remedy) for one in refused.value.decision.reasons]


def taken(**given: object) -> EnvironmentLock:
    fields = {
        "environment": environment(),
        "reason": "Moving the rack.",
        "locked_by": person("oncall"),
        "locked_at": at(0),
        "until": at(90),
    }
    return EnvironmentLock.objects.create(**fields | given)


def room_for(count: int | None) -> None:
    Environment.objects.filter(slug="production").update(max_running=count)


def test_a_change_does_not_start_beside_another_that_overruns_its_period():
    first = change_at(State.IMPLEMENTING)
    second = change_at(State.SCHEDULED, planned_start_at=at(180), planned_end_at=at(300))

    assert refusal(second, minutes=200) == [
        (
            "conflict",
            f"{first.ref} (engineer) is being implemented on refunds in production, planned until "
            "Wed 18 Nov 13:00 CET.",
            f"Ask engineer to finish {first.ref} or roll it back, or revise {second.ref} to begin "
            "after Wed 18 Nov 13:00 CET.",
        )
    ]
    say("finish", first, minutes=201)
    assert say("start", second, minutes=202).state == "implementing"


def test_a_standard_change_waits_for_a_normal_one_and_not_for_its_like():
    repeated = [change_at(State.SCHEDULED, kind=Kind.STANDARD) for _ in range(2)]
    assert [say("start", one, minutes=61).state for one in repeated] == ["implementing"] * 2

    normal = change_at(State.SCHEDULED)

    assert [code for code, *_ in refusal(normal)] == ["conflict", "conflict"]


def test_an_emergency_starts_beside_another_and_the_event_says_so():
    other = change_at(State.IMPLEMENTING)
    answer = change_at(State.SCHEDULED, kind=Kind.EMERGENCY, incident=incident(severity=3))

    say("start", answer, minutes=61)

    warnings = events_of(subject=answer.ref).last().data["warnings"]
    assert [(one["code"], one["source"]) for one in warnings] == [("conflict", other.ref)]


def test_nothing_starts_in_an_environment_that_is_full():
    room_for(1)
    first = change_at(State.IMPLEMENTING)
    second = change_at(State.SCHEDULED, service=service("payments-api"))

    assert refusal(second) == [
        (
            "environment_busy",
            f"production takes 1 change at a time, and {first.ref} (refunds, engineer) has the "
            "room.",
            "Wait for your turn: ask the gate again when it says, or finish what is done.",
        )
    ]
    room_for(2)
    assert say("start", second, minutes=60).state == "implementing"


def test_another_environment_is_not_filled_by_it():
    room_for(1)
    change_at(State.IMPLEMENTING)
    elsewhere = change_at(State.SCHEDULED, environment=environment("staging"))

    assert say("start", elsewhere, minutes=60).state == "implementing"


def test_nothing_starts_in_an_environment_that_is_locked():
    taken()
    change = change_at(State.SCHEDULED)

    assert refusal(change) == [
        (
            "environment_busy",
            "oncall locked production until Wed 18 Nov 11:30 CET: Moving the rack.",
            "Wait until then, or ask oncall or a change manager to release it.",
        )
    ]
    assert say("start", change, minutes=90).state == "implementing"


def test_a_lock_taken_for_a_change_lets_that_change_through():
    change = change_at(State.SCHEDULED)
    taken(change=change)

    assert say("start", change, minutes=60).state == "implementing"


def test_a_lock_that_was_released_holds_nobody_up():
    taken(released_at=at(30), released_by=person("oncall"))

    assert change_at(State.IMPLEMENTING).state == "implementing"
