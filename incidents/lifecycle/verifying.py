"""What resolving asks for, and what it owes: see Note [Verified before it is resolved]."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from catalog.models import User
from incidents.models import (
    Incident,
    PostmortemDuty,
    ResolutionCheck,
    ResolutionWatch,
)
from incidents.policies import resolution
from incidents.policies.resolution import Watched
from ledger.decision import Decision, Reason, Refused, rfc3339


@dataclass(frozen=True, slots=True)
class Known:
    """The checks that cover an incident, what resolving it lacks, and the postmortem it owes."""

    checks: tuple[Watched, ...]
    missing: tuple[Reason, ...]
    postmortem_due_at: datetime | None


def known(incident: Incident, *, now: datetime) -> Known:
    """What is known of the end of an incident. Three statements."""
    facts = watched_of(incident)
    duty = PostmortemDuty.objects.filter(incident=incident).first()
    lacking = resolution.missing(facts, ref=incident.ref, now=now)
    return Known(facts, lacking, duty.due_at if duty else None)


def watched_of(incident: Incident) -> tuple[Watched, ...]:
    """The checks that cover an incident and what they have shown, by name. Two statements."""
    checks = covering(incident)
    rows = _watches(incident, checks)
    return tuple(watched(one, rows.get(one.pk)) for one in checks)


def covering(incident: Incident) -> list[ResolutionCheck]:
    """The checks that look at its service, by name."""
    rows = ResolutionCheck.objects.filter(
        Q(services=[]) | Q(services__contains=[incident.service.slug]), is_active=True
    )
    return list(rows.order_by("name"))


def _watches(incident: Incident, checks: list[ResolutionCheck]) -> dict[int, ResolutionWatch]:
    rows = ResolutionWatch.objects.filter(incident=incident, check_row__in=checks)
    return {row.check_row_id: row for row in rows}


def demand(
    verb: str, incident: Incident, *, actor: User | None, note: str, now: datetime
) -> dict[str, Any]:
    """What the event of a resolution tells of how it is known; raises `Refused` (not_verified).

    A person who gives a reason passes, and what was not verified is told with it.
    """
    checks = covering(incident)
    if not checks:
        return {}
    watches = _watches(incident, checks)
    facts = [watched(one, watches.get(one.pk)) for one in checks]
    lacking = resolution.missing(facts, ref=incident.ref, now=now)
    if not lacking:
        return {"verified": [_evidence(one, watches[one.pk]) for one in checks]}
    if actor is None or actor.is_robot or not note.strip():
        raise Refused(Decision(verb, lacking), ref=incident.ref)
    return {"not_verified": [one.message for one in lacking]}


def watched(check: ResolutionCheck, row: ResolutionWatch | None) -> Watched:
    """A check and what it has shown, as the rules take it."""
    asks = f"{check.query} {check.comparison} {check.threshold:g}"
    if row is None:
        return Watched(check.name, check.apart, asks=asks)
    return Watched(check.name, check.apart, row.green_since, row.last_at, row.said, asks)


def _evidence(check: ResolutionCheck, row: ResolutionWatch) -> dict[str, Any]:
    return {
        "check": check.name,
        "asks": f"{check.query} {check.comparison} {check.threshold:g}",
        "green_since": rfc3339(row.green_since),
        "first_value": row.first_value,
        "last_at": rfc3339(row.last_at),
        "last_value": row.last_value,
        "looks": row.looks,
    }
