"""What was kept is read until it is done or given up, and by hand once more."""

import logging
from datetime import timedelta

import pytest
from django.db import connection

from ledger import inbox, timeline
from ledger.decision import Refused
from ledger.inbox import reading
from ledger.models import Message

pytestmark = pytest.mark.django_db


def words() -> list[str]:
    return [event.data["words"] for event in timeline.events_of(subject="peer")]


def stands(message: Message) -> tuple[str, int, str]:
    message.refresh_from_db()
    return message.state, message.attempts, message.error


def verbs() -> list[str]:
    return list(timeline.events_of(subject="source:tool").values_list("verb", flat=True))


def test_messages_are_read_once_in_the_order_they_came(send, now):
    sent = [send(one) for one in ("one", "two", "three")]

    assert inbox.work(now=now, limit=2) == 2
    assert inbox.work(now=now, limit=2) == 1
    assert inbox.work(now=now, limit=2) == 0

    assert words() == ["one", "two", "three"]
    assert [stands(message) for message in sent] == [("done", 1, "")] * 3


def test_no_more_are_taken_than_asked_for_however_postgresql_finds_them(send, now):
    for one in ("one", "two", "three"):
        send(one)
    with connection.cursor() as cursor:
        for way in ("hashagg", "hashjoin", "mergejoin", "material", "sort", "memoize"):
            cursor.execute(f"SET LOCAL enable_{way} = off")

    assert [inbox.work(now=now, limit=1) for _ in range(4)] == [1, 1, 1, 0]


def test_what_fails_is_tried_later_and_leaves_nothing(send, now, caplog):
    message = send("later")

    with caplog.at_level(logging.ERROR):
        inbox.work(now=now, limit=9)

    assert stands(message) == ("failed", 1, "LookupError: Not yet.")
    assert (words(), message.next_attempt_at - now) == ([], timedelta(seconds=5))
    assert inbox.work(now=now + timedelta(seconds=4), limit=9) == 0
    assert inbox.work(now=now + timedelta(seconds=5), limit=9) == 1
    assert message.source.ref not in words()


def test_after_ten_attempts_it_is_given_up_loudly(send, now, caplog):
    message = send("later")
    for attempt in range(reading.MOST_ATTEMPTS):
        inbox.work(now=now + attempt * reading.LONGEST_WAIT, limit=1)

    assert stands(message) == ("dead", 10, "LookupError: Not yet.")
    assert verbs() == ["source.created", "message.given_up"]
    told = timeline.events_of(subject="source:tool").last().data
    assert (told["message"], told["error"]) == (message.pk, "LookupError: Not yet.")
    assert "Gave up reading note" in caplog.text


def test_what_cannot_be_read_is_given_up_at_once_and_holds_nobody_up(send, now, caplog):
    bad, good = send("nonsense", x_order="a"), send("hello", x_order="a")

    for _ in range(2):
        inbox.work(now=now, limit=9)

    assert (stands(bad), stands(good)) == (("dead", 1, "It is nonsense."), ("done", 1, ""))
    assert words() == ["hello"]


def test_what_stays_in_order_waits_for_the_one_before(send, now, caplog):
    first, second, other = send("later", x_order="a"), send("x", x_order="a"), send("y")

    inbox.work(now=now, limit=9)
    inbox.work(now=now, limit=9)

    assert words() == ["y"]
    assert [one.state for one in Message.objects.order_by("id")] == ["failed", "pending", "done"]
    Message.objects.filter(pk=first.pk).update(body=b'"first"')
    for _ in range(2):
        inbox.work(now=now + timedelta(seconds=5), limit=9)
    assert words() == ["y", "first", "x"]
    assert stands(second) == stands(other) == ("done", 1, "")


def test_a_message_whose_worker_was_lost_is_read_after_its_lease(send, now):
    message = send()
    Message.objects.update(attempts=1, claimed_until=now + reading.LEASE)

    assert inbox.work(now=now, limit=9) == 0
    assert inbox.work(now=now + reading.LEASE, limit=9) == 1
    assert stands(message) == ("done", 2, "")


def test_a_message_that_takes_every_worker_down_is_given_up(send, now, caplog):
    message = send()
    Message.objects.update(attempts=reading.MOST_ATTEMPTS)

    inbox.work(now=now, limit=9)

    assert stands(message) == ("dead", 11, "Workers were lost while reading it.")
    assert words() == []


def test_a_person_has_it_read_once_more(send, engineer, now, caplog):
    message = send("nonsense")
    with pytest.raises(Refused) as refused:
        inbox.replay(message=message, actor=engineer, now=now)
    assert refused.value.decision.codes == ("wrong_state",)
    inbox.work(now=now, limit=9)
    Message.objects.update(body=b'"sense"')

    inbox.replay(message=message, actor=engineer, now=now)
    inbox.work(now=now, limit=9)

    assert (stands(message), words()) == (("done", 1, ""), ["sense"])
    assert verbs() == ["source.created", "message.given_up", "message.replayed"]


def test_what_was_read_long_ago_is_forgotten(send, now, caplog):
    done, dead = send(), send("nonsense")
    inbox.work(now=now, limit=9)
    waiting = send("still to be read")

    def left(days: int) -> set[Message]:
        inbox.forget(now=now + timedelta(days=days, seconds=1))
        return set(Message.objects.all())

    assert left(13) == {done, dead, waiting}
    assert left(14) == {dead, waiting}
    assert left(90) == {waiting}
