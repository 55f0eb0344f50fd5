"""Events as the ledger would have recorded them: every digest right, every link in place."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ledger.chains import START, link_digest
from ledger.timeline import content_digest
from tests.bench.copying import Rows, compact


class Chain:
    """The events of one subject."""

    def __init__(self, rows: Rows, subject: str, about: Sequence[str]) -> None:
        self.rows, self._subject, self._about = rows, subject, list(about)
        self._position, self._digest = 0, START

    def add(
        self,
        verb: str,
        *,
        actor: str,
        at: datetime,
        data: Mapping[str, Any],
        about: Sequence[str] = (),
    ) -> None:
        """Record one event; `data` holds plain values only."""
        concerned = [*self._about, *about]
        content = content_digest(
            subject=self._subject, about=concerned, verb=verb, actor=actor, at=at, data=data
        )
        previous, self._position = self._digest, self._position + 1
        self._digest = link_digest(
            subject=self._subject, position=self._position, previous=previous, content=content
        )
        self.rows.add(
            "ledger_event",
            subject=self._subject,
            position=self._position,
            about=concerned,
            verb=verb,
            actor=actor,
            at=at,
            data=compact(data),
            content_digest=content,
            previous_digest=previous,
            digest=self._digest,
        )
