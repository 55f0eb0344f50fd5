"""Reads of incidents, and what their rows look like to the ledger."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from incidents.models import (
    AffectedService,
    AlertRoute,
    ChecklistItem,
    ChecklistTick,
    Incident,
    IncidentClock,
    IncidentRole,
    IncidentTask,
    PostmortemDuty,
    ResolutionCheck,
    SeverityRule,
    SeverityTarget,
    TimelineNote,
)
from incidents.states import OPEN, State
from ledger import rows
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
    "onset_at",
    "impact",
    "urgency",
    "users_affected",
    "money_affected",
    "currency",
    "acknowledged_at",
    "acknowledged_by_id",
    "mitigated_at",
    "mitigated_by_id",
    "resolved_at",
    "resolved_by_id",
    "resolution",
    "reopened_at",
    "reopened_by_id",
    "folded_into_id",
    "folded_as",
    "split_from_id",
)
_JOINED = (
    "service",
    "service__owner_team",
    "environment",
    "commander",
    "declared_by",
    "acknowledged_by",
    "mitigated_by",
    "resolved_by",
    "reopened_by",
    "closed_by",
)
# Fragments of SQL over `i`, an incident: whether it is open, and since when it no longer is.
# One that was closed before there were states between has no instant of its own for resolving.
IS_OPEN = f"i.state IN ({', '.join(repr(str(state)) for state in OPEN)})"
OVER_AT = "coalesce(i.resolved_at, i.closed_at)"
OPEN_WORD = "open"


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
    *,
    state: str = "",
    service: str = "",
    severity: int | None = None,
    commander: str = "",
    newer_than: int | None = None,
    older_than: int | None = None,
    limit: int,
) -> Page:
    """At most `limit` incidents on one side of a key, or the newest. One statement."""
    rows = in_state(state) if state else shown()
    if service:
        rows = rows.filter(service__slug=service)
    if severity:
        rows = rows.filter(severity=severity)
    if commander:
        rows = rows.filter(commander__username=commander)
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


def in_state(word: str) -> QuerySet[Incident]:
    """Those in one state, newest first; `open` is all that are not over."""
    return still_open() if word == OPEN_WORD else shown().filter(state=word)


def still_open() -> QuerySet[Incident]:
    """Incidents whose service is not restored yet, newest first."""
    return shown().filter(state__in=OPEN)


def open_on(*, service_id: int) -> QuerySet[Incident]:
    """Open incidents of one service, worst first."""
    return still_open().filter(service_id=service_id).order_by("severity", "id")


def row_digest(incident: Incident) -> str:
    """SHA-256 of the row as it stands; every event of an incident records it."""
    return _digest({column: getattr(incident, column) for column in RECORDED_COLUMNS})


def row_digests() -> Iterator[tuple[str, str]]:
    """Every incident's ref and the digest of its row now, for the ledger's verification."""
    for row in Incident.objects.order_by("id").values(*RECORDED_COLUMNS).iterator(chunk_size=2000):
        yield f"INC-{row['id']}", _digest(row)


def _each(model: type[Model]) -> Callable[[], Iterator[tuple[str, str]]]:
    """Gives (ref, digest) of every row of a model whose rows name themselves."""
    return lambda: (
        (row.ref, rows.digest(row)) for row in rows.streamed(model._default_manager.all())
    )


KEPT = {
    "incident roles": _each(IncidentRole),
    "affected services": _each(AffectedService),
    "incident notes": _each(TimelineNote),
    "incident tasks": _each(IncidentTask),
    "checklist ticks": _each(ChecklistTick),
    "incident clocks": _each(IncidentClock),
    "severity rules": _each(SeverityRule),
    "severity targets": _each(SeverityTarget),
    "checklist items": _each(ChecklistItem),
    "alert routes": _each(AlertRoute),
    "resolution checks": _each(ResolutionCheck),
    "postmortem duties": _each(PostmortemDuty),
}


# Note [Open was a state]
# Before an incident could be acknowledged it was open or closed, and the ledger's digests of those
# days say so. A declared one is still digested as `open`, and an onset that is the declaration's
# own instant not at all, so that those ledgers verify.
def _digest(row: Mapping[str, Any]) -> str:
    """Empty columns are left out, so that a column added later changes no digest of today."""
    told = {name: value for name, value in row.items() if value not in (None, "")}
    if told.get("state") == State.DECLARED:
        told["state"] = OPEN_WORD
    if told.get("onset_at") == told.get("declared_at"):
        told.pop("onset_at", None)
    return sha256_hex(told)
