"""What a receiver calls its message about a subject: kept, so that the next one goes on there."""

from datetime import datetime

from ledger.models import Delivery, Thread


def of(delivery: Delivery) -> Thread | None:
    """Where this receiver keeps what it was told of the subject; None at the first message."""
    return Thread.objects.filter(
        subscription=delivery.subscription, subject=delivery.event.subject
    ).first()


def keep(delivery: Delivery, *, remote_id: str, place: str = "", now: datetime) -> None:
    """Remember what the tool calls it, in place of what was remembered before."""
    Thread.objects.update_or_create(
        subscription=delivery.subscription,
        subject=delivery.event.subject,
        defaults={"remote_id": remote_id, "place": place, "opened_at": now},
    )
