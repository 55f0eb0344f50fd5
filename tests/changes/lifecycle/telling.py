"""What the ledger was told last."""

from typing import Any

from changes.models import Change
from changes.queries import row_digest
from changes.queries.rows import Beside, ref_beside
from ledger.rows import digest
from tests.living import events_of, fresh

KEPT = {"title": "Retry refunds"}


def rows_beside(change: Change, *rows: Beside) -> dict[str, dict[str, str]]:
    """What an event tells of rows written beside the change."""
    return {"rows": {ref_beside(row): digest(row) for row in rows}}


def told(change: Change) -> tuple[str, str, Any, dict[str, Any]]:
    """Verb, actor, instant and words of the last event, whose digest is that of the row."""
    event = events_of(change.ref)[-1]
    data = dict(event.data)
    assert data.pop("row_digest") == row_digest(fresh(change))
    return event.verb, event.actor, event.at, data
