"""Statuspage: what was published for the outside, as one incident there that is brought up to date.

Source: contracts §3.18. The API has no idempotency: ours is looked up before one is created.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from ledger.channels import calling, threads
from ledger.channels.calling import Answer, Caller
from ledger.channels.failures import NotNeeded, NotSent
from ledger.channels.wording import UPDATE, Telling, severity_word
from ledger.models import Delivery, Subscription

API: Final = "https://api.statuspage.io"
LOOKED_AT: Final = 100
ENHANCE_YOUR_CALM: Final = 420
WINDOW: Final = timedelta(seconds=60)
_IMPACTS: Final = ("critical", "major", "minor", "none")
_COMPONENTS: Final = ("major_outage", "partial_outage", "degraded_performance", "operational")


def send(delivery: Delivery, telling: Telling, now: datetime) -> None:
    """Create the incident there, or bring it up to date; raises `NotSent`, `NotNeeded`."""
    receiver = delivery.subscription
    event = telling.event
    if event.verb != UPDATE or not event.data.get("public") or receiver is None:
        raise NotNeeded("Only what is published for the outside goes to Statuspage.")
    key = calling.unsealed(delivery.sealed_secret)
    with calling.caller(now=now, secrets=(key,)) as caller:
        page = _Page(caller, receiver, key)
        thread = threads.of(delivery)
        remote_id = thread.remote_id if thread else page.known_as(event.subject)
        told = {"incident": message(telling, components=receiver.components)}
        if remote_id:
            page.call("PATCH", f"/incidents/{quote(remote_id, safe='')}", told)
        else:
            made = page.call("POST", "/incidents", told).json
            remote_id = str(made.get("id") or "") if isinstance(made, dict) else ""
        if remote_id and thread is None:
            threads.keep(delivery, remote_id=remote_id, now=now)


def message(telling: Telling, *, components: Mapping[str, str]) -> dict[str, Any]:
    """The incident as the API takes it, in public words alone."""
    told, event = telling.event.data, telling.event
    status = str(told.get("status") or "investigating")
    severity = telling.standing.severity if telling.standing else 3
    ids = [components[slug] for slug in told.get("services") or () if slug in components]
    over = status == "resolved"
    state = "operational" if over else severity_word(severity, _COMPONENTS)
    return {
        "name": str(told.get("title") or "Incident"),
        "status": status,
        "impact_override": severity_word(severity, _IMPACTS),
        "body": str(told.get("message") or ""),
        "component_ids": ids,
        "components": dict.fromkeys(ids, state),
        "deliver_notifications": True,
        "metadata": {"tidegate": {"id": event.subject}},
    }


class _Page:
    """One page of Statuspage."""

    def __init__(self, caller: Caller, receiver: Subscription, key: str) -> None:
        base = (receiver.base_url or API).rstrip("/")
        self._root = f"{base}/v1/pages/{quote(receiver.target, safe='')}"
        self._caller, self._key = caller, key

    def known_as(self, ref: str) -> str:
        """The id of the incident made for `ref` earlier; empty where there is none."""
        found = self.call("GET", f"/incidents?limit={LOOKED_AT}").json
        if not isinstance(found, list):
            raise NotSent("Statuspage answered something that is not a list of incidents.")
        for incident in found:
            if isinstance(incident, dict) and _ours(incident) == ref:
                return str(incident.get("id") or "")
        return ""

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        answer = self._caller.ask(
            method, self._root + path, body=body, authorization=f"OAuth {self._key}"
        )
        if 200 <= answer.status < 300:
            return answer
        refused = self._caller.refused(answer)
        if answer.status in (ENHANCE_YOUR_CALM, 429) and refused.retry_after is None:
            refused.retry_after = WINDOW
        raise refused


def _ours(incident: Mapping[str, Any]) -> str:
    """Our ref in an incident's metadata, where it has one."""
    metadata = incident.get("metadata")
    told = metadata.get("tidegate") if isinstance(metadata, dict) else None
    return str(told.get("id") or "") if isinstance(told, dict) else ""
