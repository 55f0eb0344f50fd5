"""Subscriptions: making one, and keeping its secret: ours is shown once, a tool's never."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from ledger import lanes, sealing
from ledger.models import Subscription
from ledger.models.subscription import Channel

_SECRET_BYTES = 32
ADDRESS_IS_SECRET = frozenset({Channel.SLACK, Channel.TEAMS})
"""Whoever knows the address may write there."""
SECRETS = {
    Channel.SLACK: "the address that Slack gave, https://hooks.slack.com/services/…",
    Channel.SLACK_BOT: "the bot's token, xoxb-…",
    Channel.TEAMS: "the address of the workflow",
    Channel.PAGERDUTY: "the integration's routing key",
    Channel.OPSGENIE: "the integration's API key",
    Channel.STATUSPAGE: "the API key",
    Channel.APPRISE: "apprise's address, such as mmosts://chat.example.org/token",
}
"""What a tool's secret is, by channel."""


def subscribe(
    *,
    name: str,
    channel: str,
    target: str,
    now: datetime,
    verbs: Sequence[str] = (),
    services: Sequence[str] = (),
    teams: Sequence[str] = (),
    secret: str = "",
    **given: Any,
) -> tuple[Subscription, str]:
    """Make a subscription; answers it and a webhook's `whsec_…` secret, or "" for other channels.

    `secret` is what a tool gave; `given` are other fields. Raises `ValidationError` for a target, a
    verb, a slug or a secret that cannot be one.
    """
    subscription = Subscription(
        name=name,
        channel=channel,
        target=target,
        verbs=list(verbs),
        services=list(services),
        teams=list(teams),
        created_at=now,
        **({"lane": lanes.OF_CHANNEL.get(channel, "webhooks")} | given),
    )
    shown = give_secret(subscription)
    check_target(channel=channel, target=target)
    if channel in SECRETS:
        keep_secret(subscription, secret)
    check_base_url(subscription.base_url)
    check_components(subscription.components)
    subscription.full_clean()
    subscription.save(force_insert=True)
    return subscription, shown


def give_secret(subscription: Subscription) -> str:
    """Give a webhook a new secret, unsaved; answers it. "" for channels that need none of ours."""
    if subscription.channel != Channel.WEBHOOK:
        return ""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    subscription.sealed_secret = sealing.seal(secret.encode())
    return secret


def keep_secret(subscription: Subscription, secret: str) -> None:
    """Keep what a tool gave, sealed and unsaved; raises `ValidationError` on `secret`."""
    secret = secret.strip()
    channel = Channel(subscription.channel)
    if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise ValidationError({"secret": f"Give {SECRETS[channel]}."})
    if channel in ADDRESS_IS_SECRET:
        try:
            URLValidator(schemes=["https", "http"])(secret)
        except ValidationError:
            raise ValidationError({"secret": f"Give {SECRETS[channel]}."}) from None
    subscription.sealed_secret = sealing.seal(secret.encode())


def check_base_url(base_url: str) -> None:
    """Refuse an address of an API that cannot be one; raises `ValidationError` on `base_url`."""
    if not base_url:
        return
    try:
        URLValidator(schemes=["https", "http"])(base_url)
    except ValidationError:
        wrong = "Write an address such as https://api.example.org."
        raise ValidationError({"base_url": wrong}) from None
    if "@" in urlsplit(base_url).netloc:
        raise ValidationError({"base_url": "Leave the user name and password out of the address."})


def check_components(components: Any) -> None:
    """Refuse what is no map of services to a tool's ids; raises `ValidationError`."""
    told = {} if components is None else components
    if not isinstance(told, dict) or not all(isinstance(one, str) for one in told.values()):
        wrong = 'Write which component each service is, as {"checkout": "k1"}.'
        raise ValidationError({"components": wrong})


def check_target(*, channel: str, target: str) -> None:
    """Refuse a target that the channel cannot reach; raises `ValidationError` on `target`."""
    try:
        if channel == Channel.EMAIL:
            validate_email(target)
        elif channel == Channel.WEBHOOK:
            URLValidator(schemes=["https", "http"])(target)
    except ValidationError:
        wanted = (
            "an e-mail address"
            if channel == Channel.EMAIL
            else "an address such as https://example.org/hook"
        )
        raise ValidationError({"target": f"Write {wanted}."}) from None
    if not target.strip():
        raise ValidationError({"target": "Say who is told; without, it cannot be active."})
    if channel in SECRETS and "://" in target:
        raise ValidationError(
            {"target": "Give an address as the secret: everybody reads what stands here."}
        )
    if channel == Channel.WEBHOOK and "@" in urlsplit(target).netloc:
        raise ValidationError(
            {
                "target": "Leave the user name and password out of the address: everybody who sees "
                "it would read them. Each message is signed with the key instead."
            }
        )
