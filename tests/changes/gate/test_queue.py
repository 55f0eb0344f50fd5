"""Waiting at the gate: places, turns, and how places are lost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from changes import gate
from changes.models import QueuePlace
from changes.states import State
from ledger.decision import Refused
from tests.changes.gate.asking import SUBJECT, codes
from tests.changes.gate.queueing import asks, place_of, room_for, scheduled
from tests.living import at, change_at, events_of, person, say, verbs_of, window

pytestmark = pytest.mark.usefixtures("settled")


def test_whoever_waits_is_told_their_place_in_the_order_of_asking():
    window("Audit", starts=0, ends=100)
    changes = scheduled(3)

    told = [asks(change).place for change in changes]

    assert [(one.number, one.of, one.words) for one in told if one] == [
        (1, 1, "1st of 1 waiting for production"),
        (2, 2, "2nd of 2 waiting for production"),
        (3, 3, "3rd of 3 waiting for production"),
    ]
    again = asks(changes[0], minutes=61).place
    assert again
    assert (again.id, again.number, again.of) == (told[0].id, 1, 3)


def test_each_run_has_one_place_however_often_it_asks():
    window("Audit", starts=0, ends=100)
    (change,) = scheduled(1)

    places = [asks(change, run=run).place.id for run in ("7", "7", "8", "7")]

    assert len(set(places)) == 2
    assert QueuePlace.objects.count() == 2


def test_when_the_window_opens_they_come_in_order_and_are_let_through():
    window("Audit", starts=0, ends=100)
    changes = scheduled(5)
    waits = [asks(change, minutes=90).retry_after for change in changes]
    assert waits == sorted(waits)

    answers = [asks(change, minutes=101) for change in changes]

    assert {answer.decision for answer in answers} == {"allow"}
    assert QueuePlace.objects.filter(released_at=at(101)).count() == 5


def test_no_more_are_let_through_than_there_is_room_and_the_first_come_first():
    window("Audit", starts=0, ends=100)
    room_for(2)
    changes = scheduled(4)
    for change in changes:
        asks(change, minutes=90)

    answers = {change.ref: asks(change, minutes=101) for change in reversed(changes)}

    assert [answers[change.ref].decision for change in changes] == [
        "allow",
        "allow",
        "wait",
        "wait",
    ]
    last = answers[changes[3].ref]
    assert codes(last) == ["environment_busy"]
    assert last.reasons[0].message == (
        "3 changes have waited longer for production, and there is room for 2."
    )


def test_room_is_kept_for_whoever_was_let_through_and_no_longer_than_their_permit():
    room_for(1)
    first, second = scheduled(2)

    allowed = asks(first)
    assert (allowed.decision, allowed.expires_at) == ("allow", at(75))
    assert asks(second).decision == "wait"
    with pytest.raises(Refused) as refused:
        say("start", second, minutes=61)
    assert refused.value.decision.codes == ("environment_busy",)
    assert asks(second, minutes=76).decision == "allow"


def test_a_turn_ends_when_the_change_starts_and_the_next_comes_when_it_is_finished():
    room_for(1)
    first, second = scheduled(2)
    asks(first)
    asks(second)

    say("start", first, minutes=62)
    assert (place_of(first).left_at, place_of(first).left_because) == (at(62), "started")
    assert asks(second, minutes=70).decision == "wait"
    say("finish", first, minutes=71)

    assert asks(second, minutes=72).decision == "allow"


def test_whoever_asks_later_does_not_jump_ahead():
    room_for(1)
    first, second, late = scheduled(3)
    say("start", first, minutes=60)
    asks(second, minutes=61)
    say("finish", first, minutes=62)

    assert codes(asks(late, minutes=63)) == ["environment_busy"]
    assert asks(second, minutes=64).decision == "allow"


def test_whoever_waits_for_votes_holds_nobody_up():
    room_for(1)
    pending = change_at(State.AWAITING_APPROVAL)
    (ready,) = scheduled(1)
    assert asks(pending).decision == "wait"

    assert asks(ready, minutes=61).decision == "allow"


def test_a_caller_that_stops_asking_loses_its_place():
    window("Audit", starts=0, ends=170)
    first, second = scheduled(2)
    asks(first)
    asks(second)
    ends = place_of(first).expires_at
    assert at(160) < ends < at(190)
    asks(second, minutes=150)

    gate.advance(now=ends, limit=100)

    assert place_of(first).left_because == "expired"
    assert place_of(second).left_at is None
    assert events_of(SUBJECT)[-1].verb == "gate.left"


def test_a_denial_ends_a_place():
    window("Audit", starts=0, ends=100)
    (change,) = scheduled(1)
    asks(change)
    say("cancel", change, minutes=62, reason="It is not needed.")

    assert asks(change, minutes=63).decision == "deny"
    assert place_of(change).left_because == "denied"


def test_a_place_is_given_up_by_whoever_took_it_alone():
    window("Audit", starts=0, ends=100)
    (change,) = scheduled(1)
    place = asks(change).place

    with pytest.raises(Refused) as refused:
        gate.leave(place=place.id, actor=person("stranger"), now=at(61))
    assert refused.value.decision.codes == ("not_permitted",)
    gate.leave(place=place.id, actor=person("ci"), now=at(62))

    assert (place_of(change).left_at, place_of(change).left_because) == (at(62), "cancelled")
    with pytest.raises(LookupError):
        gate.leave(place=place.id + 1, actor=person("ci"), now=at(63))


def test_where_any_number_may_run_a_yes_takes_no_statement_more():
    (change,) = scheduled(1)
    asks(change)

    question = gate.Question("refunds", "production", change=change.ref)
    robot = person("ci")
    with CaptureQueriesContext(connection) as asked:
        assert gate.ask(question, actor=robot, now=at(61)).decision == "allow"

    assert len(asked) == 2
    assert QueuePlace.objects.count() == 0


def test_a_change_that_runs_takes_no_place():
    room_for(1)
    change = change_at(State.IMPLEMENTING)

    assert asks(change, minutes=61).decision == "allow"
    assert QueuePlace.objects.count() == 0


def test_what_the_gate_answered_says_who_waits():
    window("Audit", starts=0, ends=100)
    (change,) = scheduled(1)

    asks(change)

    assert verbs_of(SUBJECT)[-1] == "gate.waited"
    assert [str(row) for row in gate.waiting(environment=None)] == [change.ref]
