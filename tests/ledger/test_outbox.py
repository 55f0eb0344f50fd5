"""The outbox against real receivers: an HTTP server that keeps what it gets, and a dead one."""

import logging
from datetime import timedelta

import pytest
from django.db import transaction

from ledger import claiming, lanes, outbox, timeline, wake
from ledger.decision import Refused
from ledger.models import Delivery, Event, Subscription

LEASE = lanes.lease("webhooks")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def allowed_networks(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def hook(subscribe, httpserver) -> Subscription:
    return subscribe(channel="webhook", target=httpserver.url_for("/hook"), verbs=["change.*"])


@pytest.fixture
def delivery(hook, record) -> Delivery:
    record("CHG-1", "change.approved")
    return Delivery.objects.get()


def verbs(subject: str = "CHG-1") -> list[str]:
    return list(timeline.events_of(subject=subject).values_list("verb", flat=True))


def test_a_message_taken_by_its_receiver_is_sent(delivery, httpserver, now):
    httpserver.expect_request("/hook", method="POST").respond_with_data("", status=204)

    assert outbox.sweep(now=now, limit=10) == 1

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.sent_at) == ("sent", 1, now)
    assert (delivery.claimed_until, delivery.last_error) == (None, "")
    assert outbox.sweep(now=now, limit=10) == 0
    assert len(httpserver.log) == 1


def test_500_then_200_is_sent_at_the_second_attempt(delivery, httpserver, now):
    httpserver.expect_ordered_request("/hook").respond_with_data("out of order", status=500)
    httpserver.expect_ordered_request("/hook").respond_with_data("", status=200)

    outbox.sweep(now=now, limit=10)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("pending", 1)
    assert delivery.last_error == ("The receiver answered 500 Internal Server Error: out of order")
    assert timedelta(seconds=10) <= delivery.next_attempt_at - now <= timedelta(seconds=12)
    assert outbox.sweep(now=now + timedelta(seconds=9), limit=10) == 0

    assert outbox.sweep(now=now + timedelta(seconds=12), limit=10) == 1
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.last_error) == ("sent", 2, "")
    assert verbs() == ["change.approved"]
    ids = [request.headers["webhook-id"] for request, _ in httpserver.log]
    assert ids == [f"msg_{delivery.pk}"] * 2


@pytest.mark.parametrize("status", [400, 404, 410, 302])
def test_a_final_no_is_given_up_loudly(delivery, httpserver, now, caplog, status):
    httpserver.expect_request("/hook").respond_with_data("no", status=status)

    with caplog.at_level(logging.ERROR):
        outbox.sweep(now=now, limit=10)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.claimed_until) == ("failed", 1, None)
    assert verbs() == ["change.approved", "delivery.failed"]
    told = timeline.events_of(subject="CHG-1").last()
    assert (told.actor, told.data["subscription"]) == ("tidegate", delivery.subscription.name)
    assert told.data["error"] == delivery.last_error
    assert [entry.levelname for entry in caplog.records if entry.name == "ledger.outbox"] == [
        "ERROR"
    ]


@pytest.mark.parametrize("status", [408, 425, 429, 503])
def test_a_no_for_now_is_tried_again(delivery, httpserver, now, status):
    httpserver.expect_request("/hook").respond_with_data("", status=status)

    outbox.sweep(now=now, limit=10)

    delivery.refresh_from_db()
    assert delivery.status == "pending"


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("Fri, 20 Nov 2026 16:05:00 GMT", timedelta(minutes=5)),
        ("99999999", timedelta(hours=6)),
        ("soon", timedelta(seconds=10)),
    ],
)
def test_the_wait_a_receiver_asks_for_is_honoured(delivery, httpserver, now, header, wait):
    httpserver.expect_request("/hook").respond_with_data(
        "", status=429, headers={"Retry-After": header}
    )

    outbox.sweep(now=now, limit=10)

    delivery.refresh_from_db()
    assert wait <= delivery.next_attempt_at - now <= wait + timedelta(seconds=2)
    assert delivery.subscription.paused_until == now + wait


def test_a_failing_receiver_is_left_alone_and_holds_up_nobody(
    hook, subscribe, record, httpserver, now, mailoutbox
):
    httpserver.expect_request("/hook").respond_with_data("", status=503)
    subscribe(name="mail")
    for number in (1, 2, 3):
        record(f"CHG-{number}")

    outbox.sweep(now=now, limit=10)

    assert len(httpserver.log) == 1
    assert [mail.subject for mail in mailoutbox] == [
        "CHG-1: change approved",
        "CHG-2: change approved",
        "CHG-3: change approved",
    ]


def test_after_twelve_attempts_a_message_is_given_up(delivery, httpserver, now):
    httpserver.expect_request("/hook").respond_with_data("", status=503)

    while delivery.status == "pending":
        outbox.sweep(now=max(now, delivery.next_attempt_at), limit=1)
        delivery.refresh_from_db()

    assert (delivery.status, delivery.attempts) == ("failed", outbox.MOST_ATTEMPTS)
    assert timedelta(hours=24) < delivery.next_attempt_at - now < timedelta(hours=48)
    assert verbs() == ["change.approved", "delivery.failed"]


def test_giving_up_on_two_receivers_of_everything_comes_to_an_end(
    subscribe, record, httpserver, now
):
    for _ in range(2):
        subscribe(channel="webhook", target=httpserver.url_for("/hook"))
    httpserver.expect_request("/hook").respond_with_data("", status=410)
    record("CHG-1")

    while outbox.sweep(now=now, limit=1):
        pass

    assert verbs() == ["change.approved", "delivery.failed", "delivery.failed"]
    assert Delivery.objects.count() == 6
    assert set(Delivery.objects.values_list("status", flat=True)) == {"failed"}


def test_a_worker_lost_between_claim_and_mark_is_made_good_after_the_lease(
    delivery, httpserver, now
):
    httpserver.expect_request("/hook").respond_with_data("")
    claimed = claiming.claim(claiming.due(now), now=now)  # and here its worker is killed
    assert claimed == delivery

    assert outbox.sweep(now=now + LEASE - timedelta(seconds=1), limit=10) == 0
    assert outbox.sweep(now=now + LEASE, limit=10) == 1

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("sent", 2)


def test_a_message_that_kills_every_worker_is_given_up(delivery, httpserver, now):
    for _ in range(outbox.MOST_ATTEMPTS):
        assert claiming.claim(claiming.due(now), now=now) == delivery
        now += LEASE

    outbox.sweep(now=now, limit=10)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.last_error) == (
        "failed",
        "Workers were lost while sending it.",
    )
    assert httpserver.log == []


def test_a_retry_by_hand_starts_anew(delivery, httpserver, engineer, now):
    httpserver.expect_ordered_request("/hook").respond_with_data("", status=410)
    httpserver.expect_ordered_request("/hook").respond_with_data("")
    outbox.sweep(now=now, limit=10)
    delivery.refresh_from_db()

    outbox.retry(delivery=delivery, actor=engineer, now=now)
    assert outbox.deliver(delivery_id=delivery.pk, now=now)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("sent", 1)
    assert verbs() == ["change.approved", "delivery.failed", "delivery.retried"]


def test_a_retry_of_a_message_that_was_not_given_up_is_refused(delivery, engineer, now):
    with pytest.raises(Refused) as refused:
        outbox.retry(delivery=delivery, actor=engineer, now=now)

    assert refused.value.decision.codes == ("wrong_state",)
    assert verbs() == ["change.approved"]


def test_a_receiver_that_is_switched_off_waits(delivery, httpserver, now):
    Subscription.objects.update(is_active=False)

    assert outbox.sweep(now=now, limit=10) == 0
    assert httpserver.log == []


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 10), (2, 30), (3, 90), (4, 270), (8, 21_600), (40, 21_600)]
)
def test_waits_grow_threefold_up_to_six_hours(attempts, seconds):
    wait = timedelta(seconds=seconds)
    assert outbox.backoff(attempts=attempts, jitter=0) == wait
    assert outbox.backoff(attempts=attempts, jitter=1) == wait * 1.2


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_breaks_no_commit_and_the_sweep_finds_the_rows(
    subscribe, now, caplog, mailoutbox, dead_broker
):
    subscribe()
    with caplog.at_level(logging.WARNING), transaction.atomic():
        timeline.record(subject="CHG-1", verb="change.approved", actor="a", at=now, data={})
        timeline.record(subject="CHG-1", verb="change.started", actor="a", at=now, data={})

    assert Event.objects.count() == 2
    assert [entry.getMessage() for entry in caplog.records if entry.name == "ledger.wake"] == [
        "ledger.sweep was not published ([Errno 111] Connection refused); "
        "the sweep will find the rows."
    ]
    assert outbox.sweep(now=now, limit=10) == 2
    assert len(mailoutbox) == 2


@pytest.mark.django_db(transaction=True)
def test_one_commit_is_one_message(subscribe, record, now, live_broker):
    subscribe()
    with transaction.atomic():
        for _ in range(3):
            timeline.record(subject="CHG-1", verb="change.approved", actor="a", at=now, data={})

    assert live_broker() == ["ledger.sweep"]


@pytest.mark.django_db(transaction=True)
def test_a_commit_without_receivers_is_no_message(record, live_broker):
    record()

    assert live_broker() == []


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_savepoint_does_not_swallow_the_message(subscribe, now, live_broker):
    subscribe()
    words = {"subject": "CHG-1", "verb": "change.approved", "actor": "a", "at": now, "data": {}}
    with transaction.atomic():
        with transaction.atomic():
            timeline.record(**words)
            transaction.set_rollback(True)
        timeline.record(**words)

    assert live_broker() == ["ledger.sweep"]


def test_a_broker_that_failed_is_left_alone_for_a_while(dead_broker, caplog):
    with caplog.at_level(logging.WARNING):
        assert not wake.broker.publish("ledger.sweep")
        assert not wake.broker.publish("ledger.sweep")

    assert len([entry for entry in caplog.records if entry.name == "ledger.wake"]) == 1
