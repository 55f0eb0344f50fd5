"""Lanes, order within a subject, and what is no longer so when it is sent."""

from datetime import timedelta

import pytest
from celery import current_app
from django.db import transaction

from config.broker import PAGING
from incidents import lifecycle as incidents
from ledger import claiming, lanes, outbox, tasks, timeline
from ledger.models import Delivery, Subscription
from ledger.models.delivery import Lane
from ledger.models.subscription import Channel
from tests import living
from tests.living import at, person

pytestmark = pytest.mark.django_db
CHAT = {"channel": "slack", "target": "chat", "verbs": ["change.*"]}
MAIL = (Lane.MAIL,)


@pytest.fixture(autouse=True)
def allowed_networks(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def hook(subscribe, httpserver):
    return subscribe(channel="webhook", target=httpserver.url_for("/hook"), verbs=["change.*"])


@pytest.fixture
def chat(subscribe, httpserver):
    return subscribe(**CHAT, secret=httpserver.url_for("/services/T/B/x"))


def heard(httpserver):
    """The verbs a webhook took, in the order in which they came."""
    return [request.json["type"] for request, answer in httpserver.log if answer.status_code == 200]


def statuses():
    return list(Delivery.objects.order_by("id").values_list("status", flat=True))


def test_every_channel_has_a_lane_and_every_lane_but_paging_its_turn():
    assert set(lanes.OF_CHANNEL) == set(Channel)
    in_turn = set(lanes.AT_ONCE)
    assert in_turn == set(Lane) - {Lane.PAGING}


def test_a_message_knows_its_lane_and_its_subject(subscribe, hook, chat, record):
    subscribe(name="mail", verbs=["change.*"])
    record("CHG-7")

    told = Delivery.objects.order_by("id").values_list("subscription__channel", "lane", "subject")
    assert sorted(told) == [
        ("email", "mail", "CHG-7"),
        ("slack", "chat", "CHG-7"),
        ("webhook", "webhooks", "CHG-7"),
    ]


def test_while_a_chat_keeps_one_worker_busy_another_takes_mail_and_no_chat(
    subscribe, chat, record, httpserver, mailoutbox, now
):
    subscribe(verbs=["change.*"])
    record("CHG-1")
    record("CHG-2")
    busy = claiming.claim(claiming.due(now, among=(Lane.CHAT,)), now=now)

    assert outbox.sweep(now=now, limit=10, among=(Lane.CHAT,)) == 0
    assert outbox.sweep(now=now, limit=10, among=MAIL) == 2

    assert busy.lane == "chat"
    assert len(mailoutbox) == 2
    assert httpserver.log == []


def test_a_later_message_waits_for_the_one_before_it(hook, record, httpserver, now):
    httpserver.expect_ordered_request("/hook").respond_with_data("", status=503)
    for _ in range(3):
        httpserver.expect_ordered_request("/hook").respond_with_data("")
    record("CHG-1", "change.approved")
    outbox.sweep(now=now, limit=10)
    record("CHG-1", "change.started")
    record("CHG-1", "change.finished")
    later = now + timedelta(seconds=12)

    assert outbox.sweep(now=later, limit=10) == 3

    assert heard(httpserver) == ["change.approved", "change.started", "change.finished"]


def test_other_subjects_and_other_receivers_do_not_wait(
    hook, subscribe, record, httpserver, now, mailoutbox
):
    httpserver.expect_request("/hook").respond_with_data("")
    subscribe(verbs=["change.*"])
    record("CHG-1", "change.approved")
    record("CHG-1", "change.started")
    record("CHG-2", "change.submitted")
    claiming.claim(claiming.due(now, among=(Lane.WEBHOOKS,)), now=now)  # held by another worker

    outbox.sweep(now=now, limit=10)

    assert heard(httpserver) == ["change.submitted"]
    assert len(mailoutbox) == 3


def test_what_a_lost_worker_held_is_sent_first_once_its_lease_is_over(
    hook, record, httpserver, now
):
    httpserver.expect_request("/hook").respond_with_data("")
    record("CHG-1", "change.approved")
    record("CHG-1", "change.started")
    claiming.claim(claiming.due(now), now=now)  # and here its worker is killed

    assert outbox.sweep(now=now + timedelta(seconds=59), limit=10) == 0
    assert outbox.sweep(now=now + timedelta(seconds=60), limit=10) == 2

    assert heard(httpserver) == ["change.approved", "change.started"]


def test_after_one_is_given_up_the_next_goes_and_says_so(hook, record, httpserver, now):
    httpserver.expect_ordered_request("/hook").respond_with_data("", status=410)
    httpserver.expect_ordered_request("/hook").respond_with_data("")
    httpserver.expect_ordered_request("/hook").respond_with_data("")
    for verb in ("change.approved", "change.started", "change.finished"):
        record("CHG-1", verb)

    outbox.sweep(now=now, limit=10)

    assert statuses() == ["failed", "sent", "sent"]
    bodies = [request.json for request, _ in httpserver.log[1:]]
    assert bodies[0]["missed"] == [{"position": 1, "verb": "change.approved"}]
    assert "missed" not in bodies[1]


def test_what_waits_behind_a_failing_one_is_not_looked_at_meanwhile(hook, record, httpserver, now):
    httpserver.expect_request("/hook").respond_with_data(
        "", status=429, headers={"Retry-After": "300"}
    )
    record("CHG-1", "change.approved")
    record("CHG-1", "change.started")

    outbox.sweep(now=now, limit=10)

    first, second = Delivery.objects.order_by("id").values_list("next_attempt_at", flat=True)
    assert first == second >= now + timedelta(minutes=5)
    assert len(httpserver.log) == 1


@pytest.fixture
def pager(subscribe, httpserver):
    living.settle()
    return subscribe(
        channel="pagerduty",
        target="Payments on call",
        base_url=httpserver.url_for(""),
        verbs=["incident.*"],
        secret="0123456789abcdef0123456789abcdef",
    )


def test_a_page_for_what_is_over_by_now_is_dropped_and_the_timeline_says_so(pager, httpserver):
    httpserver.expect_request("/v2/enqueue").respond_with_json({"status": "success"}, status=202)
    incident = living.incident(1)
    incidents.close(ref=incident.ref, note="Gone.", actor=person("oncall"), now=at(0))

    outbox.sweep(now=at(1), limit=10, among=(Lane.PAGING,))

    assert statuses() == ["dropped", "sent"]
    assert [request.json["event_action"] for request, _ in httpserver.log] == ["resolve"]
    told = timeline.events_of(subject=incident.ref).last()
    assert told.verb == "delivery.dropped"
    assert told.data["reason"] == f"{incident.ref} was closed before this was sent."
    assert told.data["subscription"] == pager.name


def test_only_sev_1_mails_the_executives(subscribe, mailoutbox):
    living.settle()
    subscribe(
        name="Executives",
        target="executives@example.org",
        verbs=["incident.declared"],
        severity_at_most=1,
    )
    small, great = living.incident(2), living.incident(1, on="payments-api")

    outbox.sweep(now=at(1), limit=10)

    assert [mail.subject for mail in mailoutbox] == [f"SEV-1 {great.ref} Refunds fail: declared"]
    dropped = Delivery.objects.get(status="dropped")
    assert (dropped.subject, dropped.last_error) == (
        small.ref,
        f"{small.ref} is SEV-2; this receiver hears up to SEV-1.",
    )
    assert "delivery.dropped" not in living.verbs_of(small.ref)


def test_the_executives_row_hears_that_it_became_and_is_no_longer_a_sev_1(mailoutbox):
    living.settle()
    row = Subscription.objects.filter(name="Executives: every SEV-1")
    row.update(is_active=True, target="executives@example.org")
    incident, oncall = living.incident(2), person("oncall")
    for minutes, severity in ((1, 1), (3, 3)):
        incidents.set_severity(
            ref=incident.ref, severity=severity, reason="So it is.", actor=oncall, now=at(minutes)
        )
        outbox.sweep(now=at(minutes), limit=10)
    incidents.resolve(ref=incident.ref, actor=oncall, now=at(5))

    outbox.sweep(now=at(6), limit=10)

    assert [mail.subject.partition(": ")[0] for mail in mailoutbox] == [
        f"SEV-1 {incident.ref} Refunds fail",
        f"SEV-1 {incident.ref} Refunds fail",
        f"SEV-3 {incident.ref} Refunds fail",
    ]


@pytest.mark.django_db(transaction=True)
def test_only_what_pages_wakes_the_worker_that_pages(pager, subscribe, live_broker):
    subscribe(verbs=["change.*"])
    living.incident(1)
    with transaction.atomic():
        timeline.record(subject="CHG-1", verb="change.approved", actor="a", at=at(0), data={})

    with current_app.connection_for_read() as connection:
        queue = connection.SimpleQueue(PAGING)
        paged = queue.get_nowait()
        paged.ack()
        assert queue.qsize() == 0
        queue.close()
    assert paged.headers["task"] == "ledger.page"
    assert live_broker() == ["ledger.sweep"]


def test_a_worker_sends_until_nothing_is_due(pager, subscribe, httpserver, mailoutbox):
    httpserver.expect_request("/v2/enqueue").respond_with_json({"status": "success"}, status=202)
    subscribe(verbs=["incident.*"])
    for _ in range(12):
        living.incident(1)

    tasks.sweep()
    tasks.page()

    assert statuses() == ["sent"] * 24
    assert len(mailoutbox) == 12
