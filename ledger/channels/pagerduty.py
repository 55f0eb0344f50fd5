"""PagerDuty: Events API v2; one alert per incident by its dedup key. Source: contracts §3.3."""

from datetime import datetime
from typing import Any, Final

from django.conf import settings

from ledger import refs
from ledger.channels import calling, paging
from ledger.channels.paging import Act
from ledger.channels.wording import Telling, severity_word
from ledger.decision import rfc3339
from ledger.models import Delivery

API: Final = "https://events.pagerduty.com"
SUMMARY_AT_MOST: Final = 1024
_SEVERITIES: Final = ("critical", "error", "warning", "info")


def send(delivery: Delivery, telling: Telling, now: datetime) -> None:
    """Trigger, acknowledge or resolve the alert; raises `NotSent`, `NotNeeded`."""
    told = message(telling)
    routing_key = calling.unsealed(delivery.sealed_secret)
    base = delivery.subscription.base_url if delivery.subscription else ""
    with calling.caller(now=now, secrets=(routing_key,)) as caller:
        url = f"{(base or API).rstrip('/')}/v2/enqueue"
        caller.post(url, {"routing_key": routing_key, **told})


def message(telling: Telling) -> dict[str, Any]:
    """The event without its routing key; raises `NotNeeded`."""
    act, standing = paging.act_of(telling, tool="PagerDuty")
    told: dict[str, Any] = {"event_action": act, "dedup_key": paging.key(standing.ref)}
    if act is not Act.TRIGGER:
        return told
    page = settings.TIDEGATE_URL.rstrip("/") + refs.page_of(standing.ref)
    details = {label.lower(): value for label, value in telling.facts}
    return told | {
        "payload": {
            "summary": telling.name[:SUMMARY_AT_MOST],
            "source": standing.service,
            "severity": severity_word(standing.severity, _SEVERITIES),
            "timestamp": rfc3339(telling.event.at),
            "component": standing.service,
            "custom_details": details
            | ({"not told": telling.confession} if telling.missed else {}),
        },
        "links": [{"href": page, "text": standing.ref}],
        "client": "Tidegate",
        "client_url": page,
    }
