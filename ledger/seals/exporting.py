"""The ledger as lines of JSON, for whoever verifies it without the database.

The form is told in `ledger/seals/verify_export.py`, which reads it and stands alone.
"""

import base64
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from ledger.canonical import canonical_json
from ledger.decision import rfc3339
from ledger.models import Event, Seal
from ledger.one_view import one_view
from ledger.seals import checking, making

FORM = 1
_COLUMNS = (
    "id",
    "subject",
    "position",
    "about",
    "verb",
    "actor",
    "at",
    "data",
    "content_digest",
    "previous_digest",
    "digest",
)


def lines(
    *,
    after: Seal | None,
    upto: Seal | None,
    now: datetime,
    progress: Callable[[Seal], None],
) -> Iterator[bytes]:
    """One consistent view of what follows a seal, up to another one.

    Without `upto` what is not sealed yet is exported too. Streamed: memory does not grow with it.
    """
    with one_view():
        yield _line(_begin(after=after, now=now))
        counts = {"events": 0, "seals": 0, "unsealed": 0}
        last_id = after.last_id if after else 0
        for seal in _seals(after=after, upto=upto):
            for event in _events(after=last_id, upto=seal.last_id):
                counts["events"] += 1
                yield event
            counts["seals"] += 1
            yield _line({"seal": shown(seal)})
            last_id = max(last_id, seal.last_id)
            progress(seal)
        if upto is None:
            for event in _events(after=last_id, upto=None):
                counts["events"] += 1
                counts["unsealed"] += 1
                yield event
        yield _line({"end": counts})


def shown(seal: Seal) -> dict[str, Any]:
    """A seal as it leaves the house: what is signed, and the signature in base64."""
    return {
        "number": seal.number,
        "sealed_at": rfc3339(seal.sealed_at),
        "first_id": seal.first_id,
        "last_id": seal.last_id,
        "count": seal.count,
        "root": seal.root,
        "heads": seal.heads,
        "previous_digest": seal.previous_digest,
        "digest": seal.digest,
        "key": seal.kid,
        "signature": base64.b64encode(bytes(seal.signature)).decode(),
    }


def _begin(*, after: Seal | None, now: datetime) -> dict[str, Any]:
    """The first line: the seal before all others, and the newest there is."""
    newest = making.newest()
    return {
        "ledger_export": FORM,
        "exported_at": rfc3339(now),
        "after": after
        and {"number": after.number, "digest": after.digest, "last_id": after.last_id},
        "newest": newest
        and {
            "number": newest.number,
            "digest": newest.digest,
            "sealed_at": rfc3339(newest.sealed_at),
        },
    }


def _seals(*, after: Seal | None, upto: Seal | None) -> Iterator[Seal]:
    for some in checking.after(after.number if after else 0):
        for seal in some:
            if upto is not None and seal.number > upto.number:
                return
            yield seal


def _events(*, after: int, upto: int | None) -> Iterator[bytes]:
    """The lines of the events with these ids."""
    events = Event.objects.filter(pk__gt=after)
    if upto is not None:
        events = events.filter(pk__lte=upto)
    for row in events.order_by("pk").values_list(*_COLUMNS).iterator(chunk_size=2000):
        yield _line({"event": dict(zip(_COLUMNS, row, strict=True))})


def _line(value: dict[str, Any]) -> bytes:
    return canonical_json(value) + b"\n"
