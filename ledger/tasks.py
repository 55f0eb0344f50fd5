"""Work of the ledger that workers do."""

from contextlib import suppress
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from ledger import idempotency, inbox, outbox, token_ends, wake
from ledger.inbox.receiving import WORK
from ledger.lanes import AT_ONCE
from ledger.models.delivery import Lane
from ledger.oidc import exchanging, keys
from ledger.seals import making

_AT_ONCE = 10
_ROUNDS = 50
_MESSAGES_AT_ONCE = 50
_TURN = timedelta(seconds=20)
_TOKENS_AT_ONCE = 200
_ISSUERS_AT_ONCE = 10  # As many slow servers take as long as a task may.
ANSWERS_ARE_KEPT = timedelta(days=7)


@shared_task(name=wake.SWEEP)
def sweep() -> None:
    """Send what is due in every lane but paging, some of each in turn; then hand on what is left.

    The clock is read anew for each lane. See Note [Lanes] in `ledger/lanes.py`.
    """
    begun = timezone.now()
    while _one_round():
        if timezone.now() - begun > _TURN:
            wake.broker.publish(wake.SWEEP)
            return


def _one_round() -> int:
    """Some of each lane; answers how many were tried."""
    return sum(
        outbox.sweep(now=timezone.now(), limit=most, among=(lane,))
        for lane, most in AT_ONCE.items()
    )


@shared_task(name=wake.PAGE)
def page() -> None:
    """Send what is due in the lane of paging; runs in a worker that does nothing else."""
    begun = timezone.now()
    while outbox.sweep(now=timezone.now(), limit=1, among=(Lane.PAGING,)):
        if timezone.now() - begun > _TURN:
            wake.broker.publish(wake.PAGE)
            return


@shared_task(name=wake.DELIVER)
def deliver(delivery_id: int) -> None:
    """Send one message, then what waited for it."""
    if outbox.deliver(delivery_id=delivery_id, now=timezone.now()):
        wake.broker.publish(wake.SWEEP)


@shared_task(name="ledger.forget_answers")
def forget_answers() -> None:
    """Delete the answers kept for Idempotency-Keys of more than a week ago."""
    idempotency.forget(before=timezone.now() - ANSWERS_ARE_KEPT)


@shared_task(name="ledger.seal")
def seal() -> None:
    """Seal the events since the last seal; whoever else is sealing does the same."""
    with suppress(making.AlreadySealing):
        making.seal_new(now=timezone.now(), progress=lambda seal: None)


@shared_task(name=WORK)
def read_messages() -> None:
    """Read the messages that are due, with a fresh clock every fifty; then hand on what is left."""
    begun = timezone.now()
    while inbox.work(now=timezone.now(), limit=_MESSAGES_AT_ONCE):
        if timezone.now() - begun > _TURN:
            wake.broker.publish(WORK)
            return


@shared_task(name="ledger.forget_messages")
def forget_messages() -> None:
    """Delete the messages that were read long ago."""
    inbox.forget(now=timezone.now())


@shared_task(name=keys.TASK)
def read_issuer_keys() -> None:
    """Read the keys of issuers that are due, with a fresh clock for each."""
    for _ in range(_ISSUERS_AT_ONCE):
        if not keys.read_due(now=timezone.now(), limit=1):
            return


@shared_task(name="ledger.look_after_tokens")
def look_after_tokens() -> None:
    """Tell of tokens that end soon; forget what was exchanged and is over."""
    for _ in range(_ROUNDS):
        now = timezone.now()
        told = token_ends.remind(now=now, limit=_AT_ONCE)
        forgotten = token_ends.forget_exchanged(now=now, limit=_TOKENS_AT_ONCE)
        if told < _AT_ONCE and forgotten < _TOKENS_AT_ONCE:
            break
    exchanging.forget_spent(now=timezone.now())
