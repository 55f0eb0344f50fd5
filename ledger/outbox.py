"""The outbox: every message is a row until its receiver has it. At least once; never silent."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction

from catalog.models import User
from ledger import claiming, timeline, wake
from ledger.channels import sending
from ledger.channels.failures import NotNeeded, NotSent
from ledger.decision import Reason, refuse
from ledger.models import Delivery, Subscription
from ledger.models.delivery import Lane
from ledger.wake import nudge

__all__ = ["backoff", "deliver", "nudge", "retry", "sweep"]

log = logging.getLogger(__name__)

PAUSE = timedelta(seconds=10)
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=6)
MOST_ATTEMPTS = 12
GIVEN_UP = "delivery.failed"
DROPPED = "delivery.dropped"


def sweep(*, now: datetime, limit: int, among: Sequence[Lane] = ()) -> int:
    """Try what is due, longest due first, at most `limit` messages; answers how many were tried.

    `among` are lanes; all where left out. Any number of workers may sweep at once. A receiver that
    fails is left alone for a while, so one that hangs does not hold up the others.
    """
    for tried in range(limit):
        if len(among) == 1 and claiming.is_full(among[0], now=now):
            return tried
        delivery = claiming.claim(claiming.due(now, among=among), now=now)
        if delivery is None:
            return tried
        _attempt(delivery, now=now)
    return limit


def deliver(*, delivery_id: int, now: datetime) -> bool:
    """Try one message now, unless it is done with, a worker holds it or it must wait for another.

    Answers whether it was tried.
    """
    delivery = claiming.claim(claiming.free(now).filter(pk=delivery_id), now=now)
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
        if delivery.lane == Lane.PAGING:
            wake.nudge_paging()
        else:
            wake.nudge_for(delivery.pk)


def backoff(*, attempts: int, jitter: float) -> timedelta:
    """How long to wait after so many attempts: 10 s, 30 s, 90 s … 6 h, and up to a fifth more.

    `jitter` from 0 to 1 spreads receivers' retries.
    """
    wait = min(FIRST_WAIT * 3 ** min(attempts - 1, 10), LONGEST_WAIT)
    return wait * (1 + jitter / 5)


def _attempt(delivery: Delivery, *, now: datetime) -> None:
    try:
        if delivery.attempts > MOST_ATTEMPTS:
            raise NotSent("Workers were lost while sending it.", permanent=True)
        sending.send(delivery, now=now)
    except NotNeeded as stale:
        _drop(delivery, stale, now=now)
    except NotSent as failure:
        if failure.permanent or delivery.attempts >= MOST_ATTEMPTS:
            _give_up(delivery, failure, now=now)
        else:
            _postpone(delivery, failure, now=now)
    else:
        _mark_sent(delivery, now=now)


def _mark_sent(delivery: Delivery, *, now: datetime) -> None:
    _write(delivery, status=Delivery.Status.SENT, sent_at=now, last_error="")
    if delivery.subscription is not None and delivery.subscription.paused_until is not None:
        Subscription.objects.filter(pk=delivery.subscription.pk).update(paused_until=None)


def _postpone(delivery: Delivery, failure: NotSent, *, now: datetime) -> None:
    wait = backoff(attempts=delivery.attempts, jitter=_jitter(delivery))
    asked = failure.retry_after or timedelta()
    again_at = now + max(wait, asked)
    with transaction.atomic():
        _write(delivery, next_attempt_at=again_at, last_error=str(failure))
        waiting = claiming.behind(delivery).filter(next_attempt_at__lt=again_at)
        waiting.update(next_attempt_at=again_at)
        if delivery.subscription is not None:
            Subscription.objects.filter(pk=delivery.subscription.pk).update(
                paused_until=now + max(PAUSE, asked)
            )


def _drop(delivery: Delivery, stale: NotNeeded, *, now: datetime) -> None:
    """Send nothing; on the timeline where somebody would otherwise ask why it was not sent."""
    with transaction.atomic():
        written = _write(delivery, status=Delivery.Status.DROPPED, last_error=str(stale))
        if written and stale.told:
            _record(delivery, DROPPED, actor=timeline.SYSTEM, at=now, reason=str(stale))


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
        if written:
            claiming.behind(delivery).update(next_attempt_at=now)
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
