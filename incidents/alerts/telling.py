"""What the timeline of an incident says of its alerts.

# Note [Told as it grows]
A storm is not told alert by alert. The timeline says how many are part of the incident at 1, 2, 5,
10, 20, 50, 100 and so on; the alerts themselves are rows.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incidents.models import Alert, AlertGroup, Incident
from ledger import refs, timeline

TITLES_TOLD = 5


def worth_telling(told: int, joined: int) -> bool:
    """Whether it has grown enough since it was told of. See Note [Told as it grows]."""
    step = 1
    while step * 10 <= joined:
        step *= 10
    reached = max(one for one in (step, 2 * step, 5 * step) if one <= joined) if joined else 0
    return reached > told


def tell(
    incident: Incident, verb: str, group: AlertGroup, began: Sequence[Alert], *, now: datetime
) -> None:
    """Say what became of a group, with the titles of the first that began."""
    titles = [one.title for one in began[:TITLES_TOLD]]
    say(
        incident,
        verb,
        now=now,
        firings=group.joined,
        route=group.route.name,
        **({"titles": titles} if titles else {}),
    )


def say(incident: Incident, verb: str, *, now: datetime, **told: Any) -> None:
    """Say something on the timeline, as Tidegate."""
    service = incident.service
    timeline.record(
        subject=incident.ref,
        verb=verb,
        actor=timeline.SYSTEM,
        at=now,
        about=[refs.of_service(service.slug), refs.of_team(service.owner_team.slug)],
        data=told,
    )
