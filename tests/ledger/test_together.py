"""Records of several threads become one transaction; what fails leaves nothing behind."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.db import IntegrityError, connection

from catalog.together import NotDone
from ledger import timeline, verify
from ledger.models import Delivery, Event
from ledger.timeline import Record
from ledger.together import Together
from tests.config.processes import within

AGAIN = pytest.mark.django_db(transaction=True)  # with connections of its own
BESIDE = "SELECT %(number)s::int FROM so"


@pytest.fixture
def together() -> Iterator[Together]:
    found = Together()
    yield found
    found.close()


@pytest.fixture
def recorded(now: datetime) -> Callable[..., Record]:
    def made(subject: str = "refunds/production", actor: str = "ci") -> Record:
        said = {"subject": subject, "verb": "gate.allowed", "actor": actor, "at": now, "data": {}}
        return timeline.beside(BESIDE, {"number": 7}, **said)

    return made


def transactions() -> list[int]:
    """How many events each transaction wrote."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_event GROUP BY xmin::text ORDER BY min(id)")
        return [number for (number,) in cursor.fetchall()]


def chain() -> list[tuple[str, int]]:
    return list(Event.objects.order_by("subject", "position").values_list("subject", "position"))


@AGAIN
def test_who_comes_alone_is_written_at_once(together, recorded):
    assert together.write(recorded(), lambda: "answer") == ("answer", None)
    assert together.write(recorded(), Event.objects.count)[0] in (1, 2)  # while the disk works

    assert chain() == [("refunds/production", 1), ("refunds/production", 2)]
    assert transactions() == [1, 1]


@AGAIN
def test_alone_an_answer_is_made_while_its_record_is_written(recorded):
    assert timeline.write_while(recorded(), lambda: "answer") == "answer"

    assert chain() == [("refunds/production", 1)]


@AGAIN
def test_what_fails_alone_leaves_nothing_and_the_next_is_written(recorded):
    with pytest.raises(IntegrityError, match="event_names_its_actor"):
        timeline.write_while(recorded(actor=""), lambda: "answer")

    assert timeline.write_while(recorded(), lambda: "answer") == "answer"
    assert chain() == [("refunds/production", 1)]


@AGAIN
def test_an_answer_that_cannot_be_made_leaves_the_connection_usable(recorded):
    with pytest.raises(ZeroDivisionError):
        timeline.write_while(recorded(), lambda: 1 / 0)

    assert chain() == [("refunds/production", 1)]


@AGAIN
def test_who_comes_while_another_writes_is_written_with_the_next(together, recorded):
    subjects = ["search/staging", "refunds/production", "refunds/production", "audit/production"]
    answers = []

    def ask(subject: str) -> None:
        answers.append(together.write(recorded(subject), lambda: subject)[0])

    threads = [threading.Thread(target=ask, args=[subject]) for subject in subjects]

    def all_wait() -> str:
        for thread in threads:
            thread.start()
        assert within(10, lambda: len(together._waiting) == len(subjects))
        return "first"

    answers.append(together.write(recorded(), all_wait)[0])
    for thread in threads:
        thread.join()

    assert together.is_idle
    assert answers[0] == "first"
    assert sorted(answers[1:]) == sorted(subjects)
    assert chain() == [
        ("audit/production", 1),
        *(("refunds/production", position) for position in (1, 2, 3)),
        ("search/staging", 1),
    ]
    assert transactions() == [1, 4]
    assert list(verify.faults(rows=(), seen=verify.Seen(lambda progress: None))) == []


@AGAIN
def test_many_threads_write_every_record_once(together, recorded):
    def ask(name: str) -> None:
        for _ in range(10):
            together.write(recorded(f"{name}/production"), lambda: None)

    threads = [threading.Thread(target=ask, args=[name]) for name in ("a", "a", "b", "c") * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert chain() == [
        *(("a/production", number) for number in range(1, 61)),
        *(("b/production", number) for number in range(1, 31)),
        *(("c/production", number) for number in range(1, 31)),
    ]
    assert list(verify.faults(rows=(), seen=verify.Seen(lambda progress: None))) == []


@AGAIN
def test_nothing_that_fails_stops_the_next(together, recorded):
    together.write(recorded(), lambda: None)

    with pytest.raises(NotDone):
        together.write(recorded(actor=""), lambda: None)
    with pytest.raises(LookupError):
        together.write(recorded(), _fails)  # once it was sent
    together.write(recorded(), lambda: None)
    lost = together._connection.connection.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [lost])
    together.write(recorded(), lambda: None)

    assert chain() == [("refunds/production", number) for number in (1, 2, 3, 4)]


@AGAIN
def test_who_has_subscribed_gets_a_delivery(together, recorded, subscribe, live_broker):
    subscribe()

    together.write(recorded(), lambda: None)

    assert Delivery.objects.count() == 1
    assert live_broker() == ["ledger.sweep"]


def _fails() -> None:
    raise LookupError
