"""Replies: telling a program that waits, through the outbox like everything else."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ledger import timeline, wake
from ledger.models import Delivery, Event, Reply
from ledger.models.delivery import Lane


def tell(
    reply: Reply,
    *,
    subject: str,
    verb: str,
    actor: str,
    at: datetime,
    data: Mapping[str, Any],
    about: Sequence[str] = (),
) -> Delivery:
    """Record an event, and tell it to whoever waits, once the caller commits."""
    timeline.record(subject=subject, verb=verb, actor=actor, at=at, data=data, about=about)
    event = Event.objects.filter(subject=subject).latest("position")
    delivery = Delivery.objects.create(
        event=event, reply=reply, subject=subject, lane=Lane.REPLIES, next_attempt_at=at
    )
    wake.nudge()
    return delivery
