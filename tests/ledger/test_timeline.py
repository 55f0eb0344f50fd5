import threading

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError

from ledger import chains, timeline, verify
from ledger.models import Delivery, Event

THREADS = 8
EACH = 12


@pytest.mark.django_db
def test_the_first_event_starts_the_chain(record, now):
    event = record(
        "CHG-1", "change.submitted", about=["service:checkout"], data={"to": "scheduled"}
    )

    assert (event.subject, event.position, event.verb) == ("CHG-1", 1, "change.submitted")
    assert (event.actor, event.at, event.about) == ("engineer", now, ["service:checkout"])
    assert event.data == {"to": "scheduled"}
    assert event.previous_digest == chains.START
    assert event.digest == chains.link_digest(
        subject="CHG-1", position=1, previous=chains.START, content=event.content_digest
    )


@pytest.mark.django_db
def test_each_subject_has_a_chain_of_its_own(record):
    first, other, second = record("CHG-1"), record("CHG-2"), record("CHG-1")

    assert [first.position, other.position, second.position] == [1, 1, 2]
    assert second.previous_digest == first.digest
    assert other.previous_digest == chains.START


@pytest.mark.django_db
def test_recording_is_one_statement(record, subscribe, django_assert_num_queries, now):
    subscribe()
    with transaction.atomic(), django_assert_num_queries(1):
        timeline.record(subject="CHG-1", verb="change.approved", actor="engineer", at=now, data={})
    assert Delivery.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_recording_outside_a_transaction_is_refused(now):
    with pytest.raises(TransactionManagementError, match=r"Use transaction\.atomic"):
        timeline.record(subject="CHG-1", verb="change.approved", actor="a", at=now, data={})
    assert Event.objects.count() == 0


@pytest.mark.django_db
def test_about_finds_the_subject_and_what_else_concerns_it(record):
    own = record("INC-7", "incident.declared")
    other = record("CHG-1", about=["INC-7", "service:checkout"])
    record("CHG-2", about=["INC-8"])

    assert list(timeline.about(ref="INC-7")) == [own, other]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_event SET verb = 'change.rejected'",
        "UPDATE ledger_event SET digest = digest",
        "DELETE FROM ledger_event",
    ],
)
def test_the_database_refuses_to_change_or_lose_an_event(record, statement):
    event = record()
    with (
        pytest.raises(ProgrammingError, match="The ledger is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert list(Event.objects.values_list("digest", flat=True)) == [event.digest]


@pytest.mark.django_db
def test_the_database_refuses_to_empty_the_ledger(record):
    record()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL tidegate.allow_truncate = 'off'")
        with (
            pytest.raises(ProgrammingError, match="TRUNCATE on ledger_event is refused"),
            transaction.atomic(),
        ):
            cursor.execute("TRUNCATE ledger_event CASCADE")
    assert Event.objects.count() == 1


@pytest.mark.django_db
def test_what_a_writer_says_of_its_place_in_the_chain_is_ignored(record, now):
    first = record()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_event (subject, position, about, verb, actor, at, data,"
            " content_digest, previous_digest, digest)"
            " VALUES ('CHG-1', 99, '{}', 'change.closed', 'x', now(), '{}', %s, 'x', 'x')",
            ["0" * 64],
        )
    event = Event.objects.get(verb="change.closed")
    assert (event.position, event.previous_digest) == (2, first.digest)


@pytest.mark.django_db
def test_a_temporary_table_cannot_pose_as_the_ledger(record):
    first = record()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE ledger_event (LIKE public.ledger_event) ON COMMIT DROP"
        )
        cursor.execute(
            "INSERT INTO public.ledger_event (subject, about, verb, actor, at, data,"
            " content_digest) VALUES ('CHG-1', '{}', 'change.closed', 'x', now(), '{}', %s)",
            ["0" * 64],
        )
        cursor.execute("DROP TABLE pg_temp.ledger_event")
    assert Event.objects.get(verb="change.closed").previous_digest == first.digest


@pytest.mark.django_db(transaction=True)
def test_eight_threads_recording_to_one_subject_make_one_unbroken_chain(record):
    together = threading.Barrier(THREADS)

    def write() -> None:
        together.wait()
        for number in range(EACH):
            record("CHG-1", data={"number": number})
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    positions = list(timeline.events_of(subject="CHG-1").values_list("position", flat=True))
    assert positions == list(range(1, THREADS * EACH + 1))
    assert list(verify.faults(rows=(), seen=verify.Seen(print))) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wanted", "delivered"),
    [
        ({}, True),
        ({"verbs": ["change.approved"]}, True),
        ({"verbs": ["change.*"]}, True),
        ({"verbs": ["incident.*", "change.approved"]}, True),
        ({"verbs": ["change.rejected"]}, False),
        ({"verbs": ["chan.*"]}, False),
        ({"services": ["checkout"]}, True),
        ({"services": ["search"]}, False),
        ({"teams": ["payments"]}, True),
        ({"services": ["search"], "teams": ["payments"]}, True),
        ({"services": ["checkout"], "verbs": ["incident.*"]}, False),
    ],
)
def test_a_subscription_gets_what_it_asks_for(record, subscribe, wanted, delivered):
    subscription = subscribe(**wanted)

    event = record(about=["service:checkout", "team:payments"])

    made = list(Delivery.objects.values_list("event", "subscription", "status"))
    assert made == ([(event.pk, subscription.pk, "pending")] if delivered else [])


@pytest.mark.django_db
def test_a_subscription_that_is_switched_off_gets_nothing(record, subscribe):
    subscription = subscribe()
    subscription.is_active = False
    subscription.save()

    record()

    assert Delivery.objects.count() == 0


@pytest.mark.django_db
def test_an_event_is_delivered_only_if_its_transaction_commits(record, subscribe, now):
    subscribe()
    with transaction.atomic():
        timeline.record(subject="CHG-1", verb="change.approved", actor="a", at=now, data={})
        transaction.set_rollback(True)
    assert (Event.objects.count(), Delivery.objects.count()) == (0, 0)
