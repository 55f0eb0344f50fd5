"""Callbacks: telling the one who asked, by a signed webhook through the outbox.

The secret is made when the address is given and told to that caller; the message is a row like
every other, so it is sent at least once whatever breaks.
"""

import base64
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from ledger import sealing, timeline, wake
from ledger.models import Callback, Delivery, Event, Subscription
from ledger.models.delivery import Lane
from ledger.safe_transport import is_allowed
from ledger.subscriptions import check_target

FIELD = "callback_url"
_SECRET_BYTES = 32


def check_url(url: str) -> None:
    """Refuse an address that would never be reached; raises `ValidationError` on `callback_url`.

    A name is resolved when it is called, and refused then if it leads inside.
    """
    try:
        check_target(channel=Subscription.Channel.WEBHOOK, target=url)
    except ValidationError as wrong:
        raise ValidationError({FIELD: wrong.messages}) from None
    try:
        address = ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return
    if not is_allowed(address):
        raise ValidationError({FIELD: "Give a public address: this one lies inside a network."})


def open_callback(*, url: str, now: datetime) -> Callback:
    """Keep an address with a secret of its own. Raises like `check_url`."""
    check_url(url)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    return Callback.objects.create(
        url=url, sealed_secret=sealing.seal(secret.encode()), created_at=now
    )


def secret_of(callback: Callback) -> str:
    """The `whsec_…` secret its calls are signed with."""
    return sealing.unseal(bytes(callback.sealed_secret)).decode()


def call(
    callback: Callback | None,
    *,
    subject: str,
    verb: str,
    actor: str,
    at: datetime,
    data: Mapping[str, Any],
    about: Sequence[str] = (),
) -> None:
    """Record an event, and tell it to whoever gave the callback, if there is one.

    In the caller's transaction: what is not committed is never told.
    """
    timeline.record(subject=subject, verb=verb, actor=actor, at=at, data=data, about=about)
    if callback is None:
        return
    event = Event.objects.filter(subject=subject).latest("position")
    Delivery.objects.create(
        event=event, callback=callback, subject=subject, lane=Lane.WEBHOOKS, next_attempt_at=at
    )
    wake.nudge()
