"""Sending one message by the channel of its receiver, after a look at how its subject stands."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from ledger import claiming, standings
from ledger.channels import (
    apprise,
    email,
    opsgenie,
    pagerduty,
    replies,
    slack,
    statuspage,
    teams,
    webhook,
)
from ledger.channels.failures import NotNeeded
from ledger.channels.wording import Telling
from ledger.models import Delivery
from ledger.models.subscription import Channel

ABATED = "incident.severity_changed"
Send = Callable[[Delivery, Telling, datetime], None]
"""Sends one message at an instant; raises `NotSent`, `NotNeeded`. Twice must do little harm."""

_SENDERS: Mapping[str, Send] = MappingProxyType(
    {
        Channel.EMAIL: email.send,
        Channel.WEBHOOK: webhook.send,
        Channel.SLACK: slack.send_to_webhook,
        Channel.SLACK_BOT: slack.send_as_bot,
        Channel.TEAMS: teams.send,
        Channel.PAGERDUTY: pagerduty.send,
        Channel.OPSGENIE: opsgenie.send,
        Channel.STATUSPAGE: statuspage.send,
        Channel.APPRISE: apprise.send,
    }
)


def _demand_severity(delivery: Delivery, standing: standings.Standing | None) -> None:
    """Who hears up to a severity hears, too, that it is no longer so bad; raises `NotNeeded`."""
    most = delivery.subscription.severity_at_most if delivery.subscription else None
    if most is None:
        return
    was = delivery.event.data.get("before")
    if delivery.event.verb == ABATED and isinstance(was, int) and was <= most:
        return
    if standing is None or standing.severity > most:
        told = f"is SEV-{standing.severity}" if standing else "has no severity"
        raise NotNeeded(f"{delivery.event.subject} {told}; this receiver hears up to SEV-{most}.")


def send(delivery: Delivery, *, now: datetime) -> None:
    """Send one message; raises `NotSent`, or `NotNeeded` where it would no longer be so."""
    if delivery.reply is not None:
        replies.send(delivery=delivery, now=now)
        return
    standing = standings.of(delivery.event.subject)
    _demand_severity(delivery, standing)
    telling = Telling(delivery.event, standing, tuple(claiming.missed(delivery)))
    _SENDERS[delivery.channel](delivery, telling, now)
