"""Subscribing to the status page: asked for, confirmed by whoever reads the mail, ended by a click.

# Note [Tokens of subscribers]
That of the confirming mail is random, kept as a digest, and good once within a week. That of each
later mail, which ends the subscription, is signed and kept nowhere: it opens nothing else.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from incidents.models import Subscriber
from ledger import wake
from ledger.decision import Reason, refuse

TELL: Final = "incidents.tell_subscribers"
ASKED_AGAIN_AFTER: Final = timedelta(hours=1)
GOOD_FOR: Final = timedelta(days=7)
COUNTED_FOR: Final = timedelta(minutes=10)
ASKED_AT_MOST: Final = 200
_SIGNER: Final = "tidegate.status_page.unsubscribe"


def ask(*, email: str, now: datetime) -> None:
    """Ask for mail: a confirming one is sent, once an hour at most; nothing says who subscribed.

    Raises `ValidationError` for what is no address, `Refused` (too_many) where hundreds of
    addresses were given within minutes.
    """
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise ValidationError({"email": "Write an e-mail address."}) from None
    with transaction.atomic():
        asked = Subscriber.objects.filter(asked_at__gt=now - COUNTED_FOR, confirmed_at=None)
        if asked.count() >= ASKED_AT_MOST:
            raise refuse("subscribe", _too_many(now))
        row = Subscriber.objects.select_for_update().filter(email=address).first()
        if row is None:
            _, is_new = Subscriber.objects.get_or_create(
                email=address, defaults={"asked_at": now, "next_attempt_at": now}
            )
            if is_new:
                wake.nudge_task(TELL)
            return
        if row.confirmed_at is None and row.asked_at <= now - ASKED_AGAIN_AFTER:
            row.asked_at, row.next_attempt_at, row.attempts = now, now, 0
            row.save(update_fields=["asked_at", "next_attempt_at", "attempts"])
            wake.nudge_task(TELL)


def confirm(*, token: str, now: datetime) -> bool:
    """Confirm by the token of the mail; answers whether it was good."""
    waiting = Subscriber.objects.filter(
        confirm_digest=digest_of(token), confirmed_at=None, asked_at__gt=now - GOOD_FOR
    )
    return bool(waiting.update(confirmed_at=now, confirm_digest=""))


def is_good(*, token: str, now: datetime) -> bool:
    """Whether a confirming token is good, without using it."""
    return Subscriber.objects.filter(
        confirm_digest=digest_of(token), confirmed_at=None, asked_at__gt=now - GOOD_FOR
    ).exists()


def end(*, token: str) -> bool:
    """Forget a subscriber by the token of a mail; answers whether the token is one of ours."""
    try:
        key = signing.Signer(salt=_SIGNER).unsign(token)
    except signing.BadSignature:
        return False
    Subscriber.objects.filter(pk=int(key)).delete()
    return True


def ending_token(subscriber: Subscriber) -> str:
    """What ends the subscription; made for each mail and kept nowhere."""
    return signing.Signer(salt=_SIGNER).sign(str(subscriber.pk))


def new_token() -> tuple[str, str]:
    """A confirming token and its digest."""
    token = secrets.token_urlsafe(32)
    return token, digest_of(token)


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode()).hexdigest()


def forget_unconfirmed(*, now: datetime) -> int:
    """Delete the addresses that nobody confirmed within a week; answers how many."""
    return Subscriber.objects.filter(confirmed_at=None, asked_at__lte=now - GOOD_FOR).delete()[0]


def _too_many(now: datetime) -> Reason:
    return Reason(
        "too_many",
        "Too many addresses were given in the last minutes.",
        "Try again in ten minutes.",
        until=now + COUNTED_FOR,
        source="status page",
    )
