"""That those affected were told something: the clock for the next update runs from then."""

from datetime import datetime
from typing import Any

from django.db import transaction

from catalog.models import User
from incidents.lifecycle import clocks
from incidents.lifecycle.asking import demand, locked, record
from incidents.models import Incident


def updated(
    *,
    ref: str,
    actor: User | None,
    now: datetime,
    next_update_at: datetime | None = None,
    told: dict[str, Any] | None = None,
    beside: list[Any] | None = None,
) -> Incident:
    """Record a published update with what `told` says of it, and start the clock of the next.

    The next is due when it was promised, or as often as the severity asks. `beside` are rows that
    were written with it.
    """
    with transaction.atomic():
        incident = locked(ref)
        demand("update", actor=actor, incident=incident)
        running = clocks.updated(incident, promised_at=next_update_at, now=now)
        both = [*(beside or []), *running]
        record(
            incident,
            "incident.update_published",
            actor=actor,
            now=now,
            told=told or {},
            beside=both,
        )
    return incident
