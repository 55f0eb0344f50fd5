"""Work of the ledger that workers do."""

from contextlib import suppress
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from ledger import idempotency, outbox, wake
from ledger.seals import making

_AT_ONCE = 10
_ROUNDS = 50
ANSWERS_ARE_KEPT = timedelta(days=7)


@shared_task(name=wake.SWEEP)
def sweep() -> None:
    """Send what is due, with a fresh clock every ten messages; hand on what is left after 500."""
    for _ in range(_ROUNDS):
        if outbox.sweep(now=timezone.now(), limit=_AT_ONCE) < _AT_ONCE:
            return
    wake.broker.publish(wake.SWEEP)


@shared_task(name=wake.DELIVER)
def deliver(delivery_id: int) -> None:
    """Send one message."""
    outbox.deliver(delivery_id=delivery_id, now=timezone.now())


@shared_task(name="ledger.forget_answers")
def forget_answers() -> None:
    """Delete the answers kept for Idempotency-Keys of more than a week ago."""
    idempotency.forget(before=timezone.now() - ANSWERS_ARE_KEPT)


@shared_task(name="ledger.seal")
def seal() -> None:
    """Seal the events since the last seal; whoever else is sealing does the same."""
    with suppress(making.AlreadySealing):
        making.seal_new(now=timezone.now(), progress=lambda seal: None)
