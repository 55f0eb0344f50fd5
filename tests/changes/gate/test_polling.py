"""Polling a decision: the present answer, decided again only when something it rests on changed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from changes import gate
from changes.gate import watching
from changes.models import (
    GateAnswer,
    QueuePlace,
)
from changes.states import State
from tests.changes.gate.asking import SUBJECT, ask, claims, report_started, revoke
from tests.changes.gate.polled import poll, quick, waiting
from tests.changes.gate.queueing import place_of, room_for
from tests.living import (
    approve,
    at,
    change_at,
    events_of,
    fresh,
    say,
    verbs_of,
    window,
)

pytestmark = pytest.mark.usefixtures("settled", "token", "begun")


def test_a_poll_of_what_has_not_changed_is_one_statement_and_writes_nothing() -> None:
    _, answer = waiting()
    polled = poll(answer, minutes=61)

    with CaptureQueriesContext(connection) as asked:
        found = quick(answer, minutes=61.5)

    assert [one["sql"].split()[0] for one in asked.captured_queries] == ["SELECT"]
    assert found == gate.Unchanged(polled.tag, "ci", timedelta(minutes=38.5))
    assert verbs_of(SUBJECT) == ["gate.waited"]


def test_when_time_lets_it_through_it_is_decided_again_and_permitted_once() -> None:
    change, answer = waiting()
    waited = poll(answer, minutes=97)
    assert quick(answer, minutes=99.99) is not None

    assert quick(answer, minutes=100) is None
    first, again = poll(answer, minutes=100), poll(answer, minutes=101)

    assert (waited.answer.decision, first.answer.decision) == ("wait", "allow")
    assert (claims(first.answer)["sub"], again.answer.permit) == (change.ref, first.answer.permit)
    assert (first.tag != waited.tag, again.tag == first.tag) == (True, True)
    assert quick(answer, minutes=102) == gate.Unchanged(first.tag, "ci", None)
    assert verbs_of(SUBJECT) == ["gate.waited", "gate.allowed"]
    assert events_of(SUBJECT)[1].data["decision_id"] == first.answer.id == str(first.row.pk)


def test_what_begins_by_the_clock_is_seen_when_it_begins() -> None:
    change_at(State.AWAITING_APPROVAL)
    answer = ask(revision="4f1c2d9")
    window("Sale", starts=62, ends=63)
    poll(answer, minutes=61)
    assert quick(answer, minutes=61.9) is not None

    assert quick(answer, minutes=62) is None
    told = [one.code for one in poll(answer, minutes=62).answer.reasons]

    assert told == ["approvals_missing", "freeze_active"]


def test_the_last_vote_lets_through_at_the_next_poll() -> None:
    change = change_at(State.AWAITING_APPROVAL)
    answer = ask(revision="4f1c2d9")
    poll(answer, minutes=61)
    approve(change, minutes=61)

    assert quick(answer, minutes=61.5) is None
    assert poll(answer, minutes=61.5).answer.decision == "allow"
    row = GateAnswer.objects.get(decision="allow")
    assert (str(row.asking), row.number, row.run_id) == (answer.id, 2, "")


def test_polling_keeps_the_place_in_the_queue_as_asking_does() -> None:
    change = change_at(State.AWAITING_APPROVAL)
    answer = ask(revision="4f1c2d9", run_id="77")
    poll(answer, minutes=60)
    minutes = 60.0
    for _ in range(20):
        minutes += 1.2
        if quick(answer, minutes=minutes) is None:
            poll(answer, minutes=minutes)
        gate.advance(now=at(minutes), limit=100)

    place = place_of(change)

    assert (place.pk, place.left_at) == (answer.place.id, None)
    assert place.expires_at > at(minutes)


def test_who_stops_polling_loses_the_place_and_is_given_a_new_one() -> None:
    change = change_at(State.AWAITING_APPROVAL)
    answer = ask(revision="4f1c2d9", run_id="77")
    poll(answer, minutes=60)
    gate.advance(now=at(90), limit=100)

    assert quick(answer, minutes=90) is None
    again = poll(answer, minutes=90).answer

    places = QueuePlace.objects.filter(change=change).order_by("pk")
    assert [one.pk for one in places] == [answer.place.id, again.place.id]
    assert [one.left_because for one in places] == ["expired", ""]


def test_a_turn_that_comes_is_seen_at_the_next_poll() -> None:
    room_for(1)
    running = change_at(State.IMPLEMENTING, revision="running")
    change_at(State.SCHEDULED)
    answer = ask(revision="4f1c2d9", run_id="77", minutes=61)
    assert poll(answer, minutes=61.5).answer.decision == "wait"
    say("finish", running, minutes=62)

    assert quick(answer, minutes=62) is None
    assert poll(answer, minutes=62).answer.decision == "allow"


@pytest.mark.parametrize(
    ("how", "code"),
    [("used", "permit_used"), ("ended", "permit_expired"), ("revoked", "permit_revoked")],
)
def test_a_permit_that_has_had_its_time_is_an_end_and_no_other_is_given(
    how: str, code: str
) -> None:
    change_at(State.SCHEDULED)
    answer = ask(revision="4f1c2d9", run_id="77")
    allowed = poll(answer, minutes=61)
    minutes = 62.0
    if how == "used":
        report_started(answer.permit, minutes=61.5)
    elif how == "revoked":
        revoke(answer, minutes=61.5)
    else:
        minutes = 120.0

    assert quick(answer, minutes=minutes) is None
    said = poll(answer, minutes=minutes)

    assert (said.answer.decision, said.answer.permit) == ("deny", "")
    assert [one.code for one in said.answer.reasons] == [code]
    assert (said.answer.id, said.tag != allowed.tag) == (answer.id, True)
    assert verbs_of(SUBJECT)[0] == "gate.allowed"
    assert GateAnswer.objects.count() == 1


def test_a_freeze_that_is_declared_takes_the_permission_back() -> None:
    change_at(State.SCHEDULED)
    answer = ask(revision="4f1c2d9", run_id="77")
    poll(answer, minutes=61)
    window("Sale", starts=0, ends=90)

    assert quick(answer, minutes=62) is None
    said = poll(answer, minutes=62).answer

    assert (said.decision, said.permit) == ("wait", "")


def test_a_change_that_is_cancelled_is_denied_and_says_why() -> None:
    change, answer = waiting()
    say("cancel", change, minutes=61, reason="It is not needed.")

    said = poll(answer, minutes=62).answer

    codes = [one.code for one in said.reasons]
    assert (said.decision, codes) == ("deny", ["wrong_state", "freeze_active"])
    assert "cancelled" in said.reasons[0].message
    assert fresh(change).state == "cancelled"


def test_a_server_whose_clock_is_behind_says_the_same() -> None:
    change_at(State.SCHEDULED)
    answer = ask(revision="4f1c2d9", minutes=70)

    ahead, behind = poll(answer, minutes=71), poll(answer, minutes=69)

    assert (behind.tag, behind.answer.permit) == (ahead.tag, ahead.answer.permit)


def test_nobody_polls_what_another_asked() -> None:
    _, answer = waiting()

    with pytest.raises(LookupError):
        poll(answer, minutes=61, by="engineer")


def test_another_process_says_the_same_under_the_same_tag() -> None:
    _, answer = waiting()
    first = poll(answer, minutes=61)
    watching.forget_all()

    assert quick(answer, minutes=61.5) is None
    assert poll(answer, minutes=61.5).tag == first.tag
