"""Reads of incidents, and what their rows look like to the ledger."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from incidents.models import Incident
from ledger.canonical import sha256_hex

RECORDED_COLUMNS = (
    "id",
    "title",
    "description",
    "service_id",
    "environment_id",
    "severity",
    "state",
    "commander_id",
    "declared_at",
    "declared_by_id",
    "closed_at",
    "closed_by_id",
    "closing_note",
)
_JOINED = ("service", "service__owner_team", "environment", "commander", "declared_by", "closed_by")


def shown() -> QuerySet[Incident]:
    """Incidents with what every page shows of them, newest first."""
    return Incident.objects.select_related(*_JOINED).order_by("-id")


def by_ref(ref: str) -> Incident:
    """The incident named `INC-7`; raises `Incident.DoesNotExist`."""
    return shown().get(pk=key_of(ref))


def key_of(ref: str) -> int:
    """The primary key in a ref; raises `Incident.DoesNotExist` for what cannot be one."""
    kind, _, number = ref.partition("-")
    if kind != "INC" or not (number.isascii() and number.isdecimal()) or len(number) > 18:
        raise Incident.DoesNotExist(f"There is no incident “{ref}”.")
    return int(number)


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list, newest first; the keys beyond its ends, None where nothing lies there."""

    rows: list[Incident]
    newer_than: int | None
    older_than: int | None


def page(
    *, state: str = "", newer_than: int | None = None, older_than: int | None = None, limit: int
) -> Page:
    """At most `limit` incidents on one side of a key, or the newest. One statement."""
    rows = shown().filter(state=state) if state else shown()
    if newer_than is not None:
        found = list(rows.filter(pk__gt=newer_than).order_by("id")[: limit + 1])
        part, more = found[:limit][::-1], len(found) > limit
        newer, older = more, True
    else:
        found = list(
            rows.filter(pk__lt=older_than)[: limit + 1] if older_than else rows[: limit + 1]
        )
        part, more = found[:limit], len(found) > limit
        newer, older = older_than is not None, more
    return Page(
        part,
        newer_than=part[0].pk if part and newer else None,
        older_than=part[-1].pk if part and older else None,
    )


def open_on(*, service_id: int) -> QuerySet[Incident]:
    """Open incidents of one service, worst first."""
    return shown().filter(service_id=service_id, state="open").order_by("severity", "id")


def row_digest(incident: Incident) -> str:
    """SHA-256 of the row as it stands; every event of an incident records it."""
    return _digest({column: getattr(incident, column) for column in RECORDED_COLUMNS})


def row_digests() -> Iterator[tuple[str, str]]:
    """Every incident's ref and the digest of its row now, for the ledger's verification."""
    for row in Incident.objects.order_by("id").values(*RECORDED_COLUMNS).iterator(chunk_size=2000):
        yield f"INC-{row['id']}", _digest(row)


def _digest(row: Mapping[str, Any]) -> str:
    """Empty columns are left out, so that a column added later changes no digest of today."""
    return sha256_hex({name: value for name, value in row.items() if value not in (None, "")})
