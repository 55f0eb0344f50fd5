"""What the ledger was told last."""

from typing import Any

from changes.models import Change
from changes.queries import row_digest
from tests.living import events_of, fresh

KEPT = {"title": "Retry refunds"}


def told(change: Change) -> tuple[str, str, Any, dict[str, Any]]:
    """Verb, actor, instant and words of the last event, whose digest is that of the row."""
    event = events_of(change.ref)[-1]
    data = dict(event.data)
    assert data.pop("row_digest") == row_digest(fresh(change))
    return event.verb, event.actor, event.at, data
