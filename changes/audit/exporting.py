"""Writing a population to a file, and the manifest that tells what is in it.

See Note [Two ways of counting] in `changes/queries/population.py`.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Protocol

import orjson
from django.db import transaction

from catalog.cells import Echo, safe
from catalog.models import User
from changes.audit.asking import demand_auditor
from changes.queries import population as found
from changes.queries.population import COLUMNS, FLAGS, GROUPS, Counts, Population
from ledger import refs, timeline
from ledger.decision import rfc3339
from ledger.models import Event
from ledger.one_view import one_view
from ledger.seals import making

SUBJECT: Final = "population"
FORMS: Final = ("csv", "json")
_INSTANTS: Final = frozenset(n for n, name in enumerate(COLUMNS) if name.endswith("_at"))


class Sink(Protocol):
    """Where a file is written to."""

    def write(self, octets: bytes, /) -> Any: ...


class CountsDiffer(Exception):
    """What was written is not what the database counts: nobody must take the file for complete."""

    def __init__(self, differences: list[str]) -> None:
        self.differences = differences
        super().__init__(
            "Not exported: the counts do not match. " + " ".join(differences) + " Tell whoever "
            "runs Tidegate: `manage.py verify_ledger` names what was changed in the database."
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a file of a population holds. `sha256` is over the bytes of that file."""

    period: dict[str, Any]
    filters: dict[str, str]
    columns: tuple[str, ...]
    generated_at: str | None
    generated_by: str
    form: str
    rows: int
    sha256: str
    counts: Counts
    gate_questions_without_change: int
    newest_event: dict[str, Any] | None
    newest_seal: dict[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "counts": found.told(self.counts)}


def export(
    asked: Population,
    *,
    form: str,
    into: Sink,
    actor: User,
    now: datetime,
    progress: Callable[[int], None] = lambda written: None,
) -> Manifest:
    """Write every change of a population and record that it was taken, by whom.

    `form` is one of `FORMS`. Raises `Refused` for whoever may not, and `CountsDiffer`: then what
    was written is worth nothing, and nothing is recorded.
    """
    demand_auditor(actor)
    digest, written = sha256(), Counted()
    with one_view():
        counted = found.counts(asked)
        for text in _lines(written.seen(found.rows(asked), progress), form):
            octets = text.encode()
            digest.update(octets)
            into.write(octets)
        without = found.questions_without_change(asked)
        event, seal = newest_event(), newest_seal()
    if wrong := list(differences(counted, written.counts())):
        raise CountsDiffer(wrong)
    manifest = Manifest(
        period=period(asked),
        filters=asked.filters,
        columns=COLUMNS,
        generated_at=rfc3339(now),
        generated_by=actor.username,
        form=form,
        rows=written.rows,
        sha256=digest.hexdigest(),
        counts=counted,
        gate_questions_without_change=without,
        newest_event=event,
        newest_seal=seal,
    )
    _record(asked, manifest, actor=actor, now=now)
    return manifest


class Counted:
    """Counts rows as they pass."""

    def __init__(self) -> None:
        self.rows = 0
        self._groups: dict[str, Counter[str]] = {name: Counter() for name in (*GROUPS, *FLAGS)}

    def seen(
        self, rows: Iterable[found.Row], progress: Callable[[int], None]
    ) -> Iterator[found.Row]:
        """The rows, each counted as it goes to be written."""
        for row in rows:
            yield row
            self.rows += 1
            for name in GROUPS:
                self._groups[name][row[_AT[name]]] += 1
            for name in FLAGS:
                self._groups[name]["yes"] += row[_AT[name]]
            if self.rows % found.AT_ONCE == 0:
                progress(self.rows)
        progress(self.rows)

    def counts(self) -> Counts:
        """What was written, in the shape of the database's own counts."""
        groups = {name: dict(sorted(some.items())) for name, some in self._groups.items()}
        none = {name: groups[name] or {"yes": 0} for name in FLAGS}
        return {"total": {"": self.rows}, **groups, **none}


_AT: Final = {name: COLUMNS.index(name) for name in (*GROUPS, *FLAGS)}


def differences(counted: Counts, written: Counts) -> Iterator[str]:
    """Where two counts differ, in words. Pure."""
    for name in sorted(counted.keys() | written.keys()):
        one, other = counted.get(name, {}), written.get(name, {})
        for value in sorted(one.keys() | other.keys()):
            if one.get(value, 0) != other.get(value, 0):
                words = f"{name} {value}".strip()
                yield (
                    f"Of {words} the database counts {one.get(value, 0)}, "
                    f"and {other.get(value, 0)} were written."
                )


def period(asked: Population) -> dict[str, Any]:
    """The period in words of the manifest."""
    return {
        "from": rfc3339(asked.since),
        "to": rfc3339(asked.until),
        "by": asked.by,
        "means": f"Changes by {found.BY[asked.by]}, from the first instant to before the last.",
        "zone": asked.zone,
    }


def newest_event() -> dict[str, Any] | None:
    """The newest event of the ledger."""
    event = Event.objects.order_by("-at", "-id").first()
    if event is None:
        return None
    return {
        "subject": event.subject,
        "position": event.position,
        "at": rfc3339(event.at),
        "digest": event.digest,
    }


def newest_seal() -> dict[str, Any] | None:
    """The newest seal of the ledger."""
    seal = making.newest()
    if seal is None:
        return None
    return {"ref": seal.ref, "sealed_at": rfc3339(seal.sealed_at), "digest": seal.digest}


def _lines(rows: Iterable[found.Row], form: str) -> Iterator[str]:
    """The file, a row at a time; its instants end in Z."""
    if form == "csv":
        writer = csv.writer(Echo())
        yield writer.writerow(COLUMNS)
        for row in rows:
            yield writer.writerow([_cell(cell) for cell in _plain(row)])
        return
    before = "[\n"
    for row in rows:
        named = dict(zip(COLUMNS, _plain(row), strict=True))
        yield before + orjson.dumps(named).decode()
        before = ",\n"
    yield "\n]\n" if before == ",\n" else "[]\n"


def _plain(row: found.Row) -> list[Any]:
    return [
        cell.replace("+00:00", "Z") if cell and place in _INSTANTS else cell
        for place, cell in enumerate(row)
    ]


def _cell(cell: Any) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return safe(" ".join(cell) if isinstance(cell, list) else cell)


def _record(asked: Population, manifest: Manifest, *, actor: User, now: datetime) -> None:
    about = [refs.of_service(asked.service)] if asked.service else []
    about += [refs.of_team(asked.team)] if asked.team else []
    told = manifest.as_json()
    kept = {name: value for name, value in told.items() if name != "columns"}
    with transaction.atomic():
        timeline.record(
            subject=SUBJECT,
            about=about,
            verb="population.exported",
            actor=actor.username,
            at=now,
            data=kept,
        )
