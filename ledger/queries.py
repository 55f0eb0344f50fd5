"""Reads of the outbox: what waits and what was given up."""

from datetime import datetime

from ledger.models import Delivery

_WAITING = Delivery.Status.PENDING


def waiting() -> int:
    """How many messages wait to be sent to receivers that are switched on."""
    return Delivery.objects.filter(status=_WAITING, subscription__is_active=True).count()


def oldest_due_at() -> datetime | None:
    """Since when the message that is longest due has been due; None where none waits."""
    rows = Delivery.objects.filter(status=_WAITING, subscription__is_active=True)
    return rows.order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()


def given_up() -> int:
    """How many messages were given up and not sent again since."""
    return Delivery.objects.filter(status=Delivery.Status.FAILED).count()
