"""Reads of the outbox and the inbox: what waits and what was given up."""

from datetime import datetime

from ledger.models import Delivery, Message

_WAITING = Delivery.Status.PENDING
_TO_READ = (Message.State.PENDING, Message.State.FAILED)


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


def oldest_unread_at() -> datetime | None:
    """Since when the message that waits longest to be read has been due; None where none waits."""
    rows = Message.objects.filter(state__in=_TO_READ).order_by("next_attempt_at")
    return rows.values_list("next_attempt_at", flat=True).first()


def unread_given_up() -> int:
    """How many messages that came in were given up."""
    return Message.objects.filter(state=Message.State.DEAD).count()
