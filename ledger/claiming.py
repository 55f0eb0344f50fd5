"""Claiming: which message is next, and that no two workers send it.

# Note [Order within a subject]
What one receiver is told of one subject is told in the order in which it happened: a message waits
while an earlier one is neither sent nor dropped nor given up. It does not wait for ever, and says
what was given up before it. A receiver is a subscription, or the reader of letters or of a status
page's mail; callbacks and other replies are told once, and wait for nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from ledger import lanes
from ledger.models import Delivery, Event
from ledger.models.delivery import Lane

JOINED = ("event", "subscription", "callback", "letter__to", "reply")


def free(now: datetime) -> QuerySet[Delivery]:
    """What is to be sent, held by no worker, and has nothing before it."""
    unclaimed = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    earlier = Delivery.objects.filter(
        subject=OuterRef("subject"), id__lt=OuterRef("id"), status=Delivery.Status.PENDING
    )
    of_subscription = Exists(earlier.filter(subscription=OuterRef("subscription")))
    of_reader = Exists(earlier.filter(~Q(reader=""), reader=OuterRef("reader")))
    subscribed = Q(subscription__isnull=False)
    first = subscribed & ~of_subscription | ~subscribed & (Q(reader="") | ~of_reader)
    return Delivery.objects.filter(unclaimed, Q(subject="") | first, status=Delivery.Status.PENDING)


def behind(delivery: Delivery) -> QuerySet[Delivery]:
    """What waits for this one: see Note [Order within a subject]."""
    if delivery.subscription is not None:
        alike = Delivery.objects.filter(subscription=delivery.subscription)
    elif delivery.reader:
        alike = Delivery.objects.filter(reader=delivery.reader)
    else:
        return Delivery.objects.none()
    return alike.filter(
        subject=delivery.subject, id__gt=delivery.pk, status=Delivery.Status.PENDING
    )


def due(now: datetime, *, among: Sequence[Lane] = ()) -> QuerySet[Delivery]:
    """What is to be tried by now, in these lanes, or in all."""
    not_paused = Q(subscription__paused_until__isnull=True) | Q(subscription__paused_until__lte=now)
    subscribed = Q(subscription__isnull=False)
    wanted = ~subscribed | not_paused & Q(subscription__is_active=True)
    rows = free(now).filter(wanted, next_attempt_at__lte=now)
    return rows.filter(lane__in=among) if among else rows


def is_full(lane: Lane, *, now: datetime) -> bool:
    """Whether as many messages of the lane are on their way as may be at once."""
    most = lanes.OUT_AT_MOST.get(lane)
    if most is None:
        return False
    out = Delivery.objects.filter(
        status=Delivery.Status.PENDING, lane=lane, claimed_until__gt=now
    ).count()
    return out >= most


def claim(rows: QuerySet[Delivery], *, now: datetime) -> Delivery | None:
    """Take the first of the rows that no other worker takes, for the length of a lease."""
    with transaction.atomic():
        delivery = (
            rows.select_for_update(skip_locked=True, of=("self",))
            .select_related(*JOINED)
            .order_by("next_attempt_at", "id")
            .first()
        )
        if delivery is not None:
            delivery.attempts += 1
            delivery.claimed_until = now + lanes.lease(delivery.lane)
            delivery.save(update_fields=["attempts", "claimed_until"])
    return delivery


def missed(delivery: Delivery) -> list[Event]:
    """What happened to the subject since this receiver was last told, and could not be told."""
    if delivery.subscription is None or not delivery.subject:
        return []
    alike = Delivery.objects.filter(
        subscription=delivery.subscription, subject=delivery.subject, id__lt=delivery.pk
    )
    last_told = alike.filter(status=Delivery.Status.SENT).order_by("-id").values("id")[:1]
    lost = alike.filter(status=Delivery.Status.FAILED).select_related("event").order_by("id")
    found = last_told.first()
    return [row.event for row in (lost.filter(id__gt=found["id"]) if found else lost)]
