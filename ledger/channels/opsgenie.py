"""Opsgenie: Alert API v2; one alert per incident by its alias. Source: contracts §3.8."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from ledger.channels import calling, paging
from ledger.channels.paging import Act
from ledger.channels.wording import Telling, severity_word
from ledger.models import Delivery

API: Final = "https://api.opsgenie.com"
MESSAGE_AT_MOST, DESCRIPTION_AT_MOST, USER_AT_MOST = 130, 15_000, 100
_PRIORITIES: Final = ("P1", "P2", "P3", "P4")
_PATHS: Final = {Act.ACKNOWLEDGE: "acknowledge", Act.RESOLVE: "close"}


def send(delivery: Delivery, telling: Telling, now: datetime) -> None:
    """Create, acknowledge or close the alert; raises `NotSent`, `NotNeeded`."""
    act, standing = paging.act_of(telling, tool="Opsgenie")
    path = ""
    if act in _PATHS:
        alias = quote(paging.key(standing.ref), safe="")
        path = f"/{alias}/{_PATHS[act]}?identifierType=alias"
    key = calling.unsealed(delivery.sealed_secret)
    base = delivery.subscription.base_url if delivery.subscription else ""
    with calling.caller(now=now, secrets=(key,)) as caller:
        url = f"{(base or API).rstrip('/')}/v2/alerts{path}"
        caller.post(url, message(telling), authorization=f"GenieKey {key}")


def message(telling: Telling) -> dict[str, Any]:
    """The body of a call; raises `NotNeeded`."""
    act, standing = paging.act_of(telling, tool="Opsgenie")
    by = {"source": "Tidegate", "user": telling.event.actor[:USER_AT_MOST]}
    if act is not Act.TRIGGER:
        return by | {"note": telling.happened}
    lines = [f"{label}: {value}" for label, value in telling.facts]
    told = [telling.words, telling.confession, *lines]
    return by | {
        "message": telling.name[:MESSAGE_AT_MOST],
        "alias": paging.key(standing.ref),
        "description": "\n".join(filter(None, told))[:DESCRIPTION_AT_MOST],
        "tags": [f"SEV-{standing.severity}", standing.service[:50]],
        "details": {"incident": standing.ref, "service": standing.service},
        "entity": standing.service,
        "priority": severity_word(standing.severity, _PRIORITIES),
    }
