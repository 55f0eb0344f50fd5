"""The outbox: every message is a row until its receiver has it. At least once; never silent."""

import logging
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q, QuerySet

from catalog.models import User
from ledger import timeline, wake
from ledger.channels import email, replies, webhook
from ledger.channels.failures import NotSent
from ledger.decision import Reason, refuse
from ledger.models import Delivery, Subscription
from ledger.wake import nudge

__all__ = ["backoff", "deliver", "nudge", "retry", "sweep"]

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
PAUSE = timedelta(seconds=10)
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=6)
MOST_ATTEMPTS = 12
GIVEN_UP = "delivery.failed"


def sweep(*, now: datetime, limit: int) -> int:
    """Try what is due, longest due first, at most `limit` messages; answers how many were tried.

    Any number of workers may sweep at once. A receiver that fails is left alone for a while, so
    one that hangs does not hold up the others.
    """
    for tried in range(limit):
        delivery = _claim(_due(now), now=now)
        if delivery is None:
            return tried
        _attempt(delivery, now=now)
    return limit


def deliver(*, delivery_id: int, now: datetime) -> bool:
    """Try one message now, unless it is done with or a worker holds it; answers whether tried."""
    delivery = _claim(_free(now).filter(pk=delivery_id), now=now)
    if delivery is None:
        return False
    _attempt(delivery, now=now)
    return True


def retry(*, delivery: Delivery, actor: User, now: datetime) -> None:
    """Send a message that was given up once more, from the first attempt on.

    Raises `Refused` (wrong_state) unless it was given up.
    """
    with transaction.atomic():
        again = Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.FAILED).update(
            status=Delivery.Status.PENDING, attempts=0, next_attempt_at=now, claimed_until=None
        )
        if not again:
            not_failed = Reason(
                code="wrong_state",
                message="This message was not given up.",
                remedy="Wait for its next attempt.",
                source=str(delivery.pk),
            )
            raise refuse("retry", not_failed, ref=delivery.event.subject)
        _record(delivery, "delivery.retried", actor=actor.username, at=now)
        wake.nudge_for(delivery.pk)


def backoff(*, attempts: int, jitter: float) -> timedelta:
    """How long to wait after so many attempts: 10 s, 30 s, 90 s … 6 h, and up to a fifth more.

    `jitter` from 0 to 1 spreads receivers' retries.
    """
    wait = min(FIRST_WAIT * 3 ** min(attempts - 1, 10), LONGEST_WAIT)
    return wait * (1 + jitter / 5)


def _free(now: datetime) -> QuerySet[Delivery]:
    unclaimed = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    return Delivery.objects.filter(unclaimed, status=Delivery.Status.PENDING)


def _due(now: datetime) -> QuerySet[Delivery]:
    not_paused = Q(subscription__paused_until__isnull=True) | Q(subscription__paused_until__lte=now)
    subscribed = Q(subscription__isnull=False)
    wanted = ~subscribed | not_paused & Q(subscription__is_active=True)
    return _free(now).filter(wanted, next_attempt_at__lte=now)


def _claim(rows: QuerySet[Delivery], *, now: datetime) -> Delivery | None:
    """Take the first of the rows that no other worker takes, for the length of a lease."""
    with transaction.atomic():
        delivery = (
            rows.select_for_update(skip_locked=True, of=("self",))
            .select_related("event", "subscription", "callback", "letter__to", "reply")
            .order_by("next_attempt_at", "id")
            .first()
        )
        if delivery is not None:
            delivery.attempts += 1
            delivery.claimed_until = now + LEASE
            delivery.save(update_fields=["attempts", "claimed_until"])
    return delivery


def _attempt(delivery: Delivery, *, now: datetime) -> None:
    try:
        if delivery.attempts > MOST_ATTEMPTS:
            raise NotSent("Workers were lost while sending it.", permanent=True)
        _send(delivery, now=now)
    except NotSent as failure:
        if failure.permanent or delivery.attempts >= MOST_ATTEMPTS:
            _give_up(delivery, failure, now=now)
        else:
            _postpone(delivery, failure, now=now)
    else:
        _mark_sent(delivery, now=now)


def _send(delivery: Delivery, *, now: datetime) -> None:
    if delivery.reply is not None:
        replies.send(delivery=delivery, now=now)
    elif delivery.channel == Subscription.Channel.EMAIL:
        email.send(delivery=delivery)
    else:
        webhook.send(delivery=delivery, now=now)


def _mark_sent(delivery: Delivery, *, now: datetime) -> None:
    _write(delivery, status=Delivery.Status.SENT, sent_at=now, last_error="")
    if delivery.subscription is not None and delivery.subscription.paused_until is not None:
        Subscription.objects.filter(pk=delivery.subscription.pk).update(paused_until=None)


def _postpone(delivery: Delivery, failure: NotSent, *, now: datetime) -> None:
    wait = backoff(attempts=delivery.attempts, jitter=_jitter(delivery))
    asked = failure.retry_after or timedelta()
    with transaction.atomic():
        _write(delivery, next_attempt_at=now + max(wait, asked), last_error=str(failure))
        if delivery.subscription is not None:
            Subscription.objects.filter(pk=delivery.subscription.pk).update(
                paused_until=now + max(PAUSE, asked)
            )


def _give_up(delivery: Delivery, failure: NotSent, *, now: datetime) -> None:
    """Say so in the log and on the timeline; that a `delivery.failed` failed is only logged."""
    log.error(
        "Gave up telling %s of %s %s at attempt %s: %s",
        delivery.receiver,
        delivery.event.subject,
        delivery.event.verb,
        delivery.attempts,
        failure,
    )
    with transaction.atomic():
        written = _write(delivery, status=Delivery.Status.FAILED, last_error=str(failure))
        if written and delivery.event.verb != GIVEN_UP:
            _record(delivery, GIVEN_UP, actor=timeline.SYSTEM, at=now, error=str(failure))


def _write(delivery: Delivery, **columns: object) -> bool:
    """Write the result of an attempt and give the row back; False where another was quicker."""
    open_row = Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.PENDING)
    return bool(open_row.update(claimed_until=None, **columns))


def _record(delivery: Delivery, verb: str, *, actor: str, at: datetime, **told: str) -> None:
    timeline.record(
        subject=delivery.event.subject,
        verb=verb,
        actor=actor,
        at=at,
        about=delivery.event.about,
        data={
            "delivery": delivery.pk,
            "subscription": delivery.receiver,
            "channel": delivery.channel,
            "event": delivery.event.position,
            "verb": delivery.event.verb,
            "attempts": delivery.attempts,
            **told,
        },
    )


def _jitter(delivery: Delivery) -> float:
    """A number from 0 to 1 that is the same whenever this attempt of this message is looked at."""
    drawn = sha256(f"{delivery.pk}:{delivery.attempts}".encode()).digest()[:4]
    return int.from_bytes(drawn) / 2**32
