"""Subscriptions: making one, and giving a webhook a secret that is shown once."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from ledger import sealing
from ledger.models import Subscription

_SECRET_BYTES = 32


def subscribe(
    *,
    name: str,
    channel: str,
    target: str,
    now: datetime,
    verbs: Sequence[str] = (),
    services: Sequence[str] = (),
    teams: Sequence[str] = (),
) -> tuple[Subscription, str]:
    """Make a subscription; answers it and a webhook's `whsec_…` secret, or "" for e-mail.

    Raises `ValidationError` for a target, a verb or a slug that cannot be one.
    """
    subscription = Subscription(
        name=name,
        channel=channel,
        target=target,
        verbs=list(verbs),
        services=list(services),
        teams=list(teams),
        created_at=now,
    )
    secret = give_secret(subscription)
    check_target(channel=channel, target=target)
    subscription.full_clean()
    subscription.save(force_insert=True)
    return subscription, secret


def give_secret(subscription: Subscription) -> str:
    """Give a webhook a new secret, unsaved; answers it. "" for e-mail, which needs none."""
    if subscription.channel != Subscription.Channel.WEBHOOK:
        subscription.sealed_secret = b""
        return ""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    subscription.sealed_secret = sealing.seal(secret.encode())
    return secret


def check_target(*, channel: str, target: str) -> None:
    """Refuse a target that the channel cannot reach; raises `ValidationError` on `target`."""
    try:
        if channel == Subscription.Channel.EMAIL:
            validate_email(target)
        else:
            URLValidator(schemes=["https", "http"])(target)
    except ValidationError:
        wanted = (
            "an e-mail address"
            if channel == Subscription.Channel.EMAIL
            else "an address such as https://example.org/hook"
        )
        raise ValidationError({"target": f"Write {wanted}."}) from None
    if channel == Subscription.Channel.WEBHOOK and "@" in urlsplit(target).netloc:
        raise ValidationError(
            {
                "target": "Leave the user name and password out of the address: everybody who sees "
                "it would read them. Each message is signed with the key instead."
            }
        )
