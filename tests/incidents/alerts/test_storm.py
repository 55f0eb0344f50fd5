"""A storm: many alerts at once, two workers that race, and one that dies in the middle."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections, transaction

from catalog.models import User
from incidents import alerts, lifecycle
from incidents.models import Alert, AlertOccurrence, AlertRoute, Incident
from incidents.signals import Said, Signal
from ledger import inbox
from ledger.inbox import reading, sources
from ledger.models import Event, Message
from tests.incidents.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
GROUPS, AT_ONCE = 10, 100


def notification(number: int) -> bytes:
    """A hundred alerts of one of ten groups."""
    name = f"Rule{number % GROUPS}"
    began = (NOW - timedelta(seconds=60 - number % 60)).isoformat()
    told = [
        {
            "status": "firing",
            "labels": {"alertname": name, "instance": f"web-{number}-{one}", "severity": "page"},
            "annotations": {"summary": f"{name} on web-{number}-{one}"},
            "startsAt": began,
            "endsAt": "0001-01-01T00:00:00Z",
        }
        for one in range(AT_ONCE)
    ]
    return json.dumps({"groupKey": name, "status": "firing", "alerts": told}).encode()


@pytest.fixture
def send(route: Callable[..., AlertRoute]) -> Callable[[int], None]:
    """Let an Alertmanager send so many notifications."""
    route(grouping="labels", group_labels="alertname")
    actor = User.objects.create_user("engineer")
    _, key = sources.make(
        actor=actor, now=NOW, slug="am", name="AM", vendor="alertmanager", per_minute=60_000
    )

    def sent(count: int) -> None:
        for number in range(count):
            arrived = inbox.Arrived(slug="am", key=key, headers={}, body=notification(number))
            inbox.receive(arrived, now=NOW)

    return sent


def racing(work: Callable[[], None], *, workers: int = 2) -> None:
    """Do something in several threads at once, each with its own connection."""
    wrong: list[Exception] = []

    def run() -> None:
        try:
            work()
        except Exception as problem:
            wrong.append(problem)
            raise
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=180)
    assert wrong == []


def work_off() -> None:
    """Read until nothing is left, as a worker does."""
    deadline = time.monotonic() + 170
    while time.monotonic() < deadline:
        now = datetime.now(UTC) + timedelta(hours=2)
        if not inbox.work(now=now, limit=20) and not _left():
            return
        time.sleep(0.01)


def _left() -> bool:
    return Message.objects.filter(state__in=["pending", "failed"]).exists()


def test_ten_thousand_alerts_end_in_the_right_incidents(send):
    send(100)
    began = time.process_time()

    racing(work_off)

    assert time.process_time() - began < 30  # However busy the machine is besides.
    assert set(Message.objects.values_list("state", flat=True)) == {"done"}
    assert Alert.objects.count() == AlertOccurrence.objects.count() == 100 * AT_ONCE
    assert Incident.objects.count() == GROUPS
    for incident in Incident.objects.all():
        firings = incident.alerts.values_list("labels__alertname", flat=True)
        assert (len(firings), len(set(firings))) == (10 * AT_ONCE, 1)
    told = Event.objects.filter(subject__startswith="INC-")
    assert told.count() < GROUPS * 8


def test_two_that_take_the_same_alerts_keep_each_once(route):
    route(grouping="service")
    signals = [
        Signal(key=f"a{number}", said=Said.FIRING, title="t", started_at=NOW, occurrence="1")
        for number in range(50)
    ]

    def take() -> None:
        with transaction.atomic():
            alerts.take(signals, source="am", now=NOW)

    racing(take, workers=3)

    assert set(Alert.objects.values_list("heard", "occurrences")) == {(3, 1)}
    assert (Alert.objects.count(), AlertOccurrence.objects.count()) == (50, 50)
    assert Incident.objects.get().alerts.count() == 50


def test_the_last_two_that_end_at_once_are_told_as_all(route):
    route(grouping="alert")
    shared = route(name="Together", order=1, grouping="service", resolves=True)

    def take(key: str, word: Said) -> None:
        with transaction.atomic():
            signal = Signal(key=key, said=word, title=key, started_at=NOW)
            alerts.take([signal], source="am", now=NOW)

    for key in ("a1", "a2"):
        take(key, Said.FIRING)
    keys = iter(("a1", "a2"))
    racing(lambda: take(next(keys), Said.RESOLVED))

    incident = Incident.objects.get()
    assert incident.alert_groups.get().route == shared
    assert incident.state == "resolved"
    assert Event.objects.filter(subject=incident.ref, verb="incident.alerts_ended").count() == 1


def test_groups_that_were_merged_move_their_incident_at_once_and_none_is_lost(route, oncall):
    route(grouping="labels", group_labels="rule")
    rules = [f"rule {number}" for number in range(6)]

    def take(rules: list[str], minutes: int, severity: int) -> None:
        began = NOW - timedelta(minutes=minutes)
        signals = [
            Signal(
                key=f"{rule} SEV-{severity}",
                title=rule,
                said=Said.FIRING,
                started_at=began,
                severity=severity,
                labels={"rule": rule},
            )
            for rule in rules
        ]
        with transaction.atomic():
            alerts.take(signals, source="am", now=NOW)

    take(rules, 0, 4)
    first, *others = [Alert.objects.get(title=rule).incident for rule in rules]
    for one in others:
        lifecycle.merge(ref=one.ref, into=first.ref, actor=oncall, now=NOW)
    work = iter([(rules[::2], 7, 2), (rules[1::2], 9, 3), (rules[::-2], 5, 1)])

    racing(lambda: take(*next(work)), workers=3)

    first.refresh_from_db()
    assert (first.onset_at, first.severity) == (NOW - timedelta(minutes=9), 1)
    assert Alert.objects.filter(incident=first).count() == 15


def test_a_worker_that_is_killed_in_the_middle_leaves_nothing_half_written(send):
    send(1)

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE incidents_alertoccurrence IN ACCESS EXCLUSIVE MODE")
        worker = _forked(lambda: inbox.work(now=NOW, limit=1))
        backend = _waiting(cursor)
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
        cursor.execute("SELECT pg_terminate_backend(%s)", [backend])  # As it would find out itself.

    assert (Alert.objects.count(), Incident.objects.count()) == (0, 0)
    assert Message.objects.get().state == "pending"
    assert inbox.work(now=NOW, limit=1) == 0
    assert inbox.work(now=NOW + reading.LEASE, limit=1) == 1
    assert (Alert.objects.count(), Incident.objects.get().alerts.count()) == (AT_ONCE, AT_ONCE)


def _forked(work: Callable[[], object]) -> int:
    """Do something in a process of its own, with a connection of its own; answers its number."""
    pid = os.fork()
    if pid == 0:
        inherited = connection.connection  # It is the parent's: kept, so that nobody closes it.
        connection.connection = None
        connection.in_atomic_block, connection.savepoint_ids = False, []
        connection.atomic_blocks = []
        try:
            work()
        finally:
            os._exit(int(inherited is None))
    return pid


def _waiting(cursor) -> int:
    """The connection that waits for the lock."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        cursor.execute(
            "SELECT pid FROM pg_locks WHERE NOT granted AND relation = "
            "'incidents_alertoccurrence'::regclass"
        )
        if found := cursor.fetchone():
            return found[0]
        time.sleep(0.02)
    raise AssertionError("The worker never came to the lock.")


def test_signals_are_taken_in_a_transaction_only():
    with pytest.raises(transaction.TransactionManagementError):
        alerts.take([], source="am", now=NOW)
