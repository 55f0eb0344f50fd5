"""What the ledger is told of an override."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from catalog.models import User
from changes.models import Override
from changes.queries import row_digest
from changes.queries.rows import override_digest
from ledger import refs, timeline

PAST = {
    "request": "override.requested",
    "confirm": "override.confirmed",
    "withdraw": "override.withdrawn",
    "review": "override.reviewed",
}


def said(row: Override) -> dict[str, Any]:
    """What an event tells of an override."""
    return {
        "windows": row.windows,
        "names": row.names,
        "reason": row.reason,
        "incident": row.incident.ref if row.incident else "",
        "starts_at": row.starts_at,
        "expires_at": row.expires_at,
        "requested_by": row.requested_by.username,
    }


def record(
    row: Override, verb: str, *, actor: User, now: datetime, says: Mapping[str, Any]
) -> None:
    """On the timeline of its change, or of itself; the row's digest goes along."""
    about = [
        *([row.ref] if row.change_id else []),
        refs.of_service(row.service.slug),
        refs.of_team(row.service.owner_team.slug),
        *([row.incident.ref] if row.incident else []),
    ]
    told: dict[str, Any] = {"override": row.ref, **says}
    if row.change is None:
        told["row_digest"] = override_digest(row)
    else:
        told |= {
            "title": row.change.title,
            "state": str(row.change.state),
            "row_digest": row_digest(row.change),
            "rows": {row.row_ref: override_digest(row)},
        }
    timeline.record(
        subject=row.subject, about=about, verb=PAST[verb], actor=actor.username, at=now, data=told
    )
