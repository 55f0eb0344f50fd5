"""Argo CD's notifications: what was synced, by the template in `docs/deployments-seen.md`.

Source: Argo CD's documentation of notification services and templates.
"""

from collections.abc import Mapping
from datetime import datetime

from changes import sightings
from ledger.inbox import Unreadable
from ledger.inbox.json_parts import instant, json_object, text
from ledger.inbox.vendors import Headers, Named, Reader, Vendor
from ledger.models import Message

TOPIC = "sync"
SCHEMA = "tidegate.argo-cd/1"


def named(headers: Headers, body: bytes) -> Named:
    """Argo CD numbers no notification: the same sync told twice is one deployment all the same."""
    return Named(TOPIC)


def read_sync(message: Message, now: datetime) -> None:
    """A sync that has begun or ended: its application is the project, its namespace the stage."""
    told = json_object(message)
    app = text(told, "app")
    if told.get("schema") != SCHEMA or not app:
        raise Unreadable(f"This is no {SCHEMA}: use the template in docs/deployments-seen.md.")
    started = text(told, "started_at")
    sightings.see(
        sightings.Sighting(
            vendor="argo-cd",
            project=app,
            stage=text(told, "namespace"),
            revision=text(told, "revision", at_most=120),
            at=instant(told, "started_at", else_at=message.received_at),
            status=text(told, "phase"),
            by=text(told, "by"),
            url=text(told, "url", at_most=500),
            source=message.source.slug,
            external_id=f"{message.source.slug} {app} {started}"[:255] if started else "",
        ),
        now=now,
    )


READERS: Mapping[str, Reader] = {TOPIC: read_sync}
VENDOR = Vendor(word="argo-cd", label="Argo CD", named=named, readers=READERS)
