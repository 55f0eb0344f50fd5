"""Error budgets as monitoring reports them. See `ErrorBudget`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import Service, User
from catalog.roles import CHANGE_MANAGERS, roles_of
from incidents.models import ErrorBudget
from ledger import refs, rows, timeline
from ledger.decision import Reason, refuse

AHEAD = timedelta(minutes=5)
REPORTED = "error_budget.reported"
SPENT = "error_budget.spent"
RECOVERED = "error_budget.recovered"


@dataclass(frozen=True, slots=True)
class Measure:
    """What was measured of one objective of a service; `measured_at` is aware."""

    name: str
    objective: str
    remaining_percent: Decimal
    measured_at: datetime
    source_url: str = ""


def report(measure: Measure, *, service: Service, actor: User, now: datetime) -> ErrorBudget:
    """Keep the measure in place of the one before, unless that is newer; answers what stands.

    Raises `ValidationError`, and `Refused` for a person who manages no changes: nobody opens their
    own way by reporting a full budget.
    """
    if not (actor.is_robot or actor.is_superuser or CHANGE_MANAGERS in roles_of(actor)):
        raise refuse("report", _by_monitoring(actor), ref=service.slug)
    if measure.measured_at > now + AHEAD:
        raise ValidationError({"measured_at": "This time lies ahead: report what was measured."})
    with transaction.atomic():
        Service.objects.select_for_update(no_key=True).get(pk=service.pk)
        row = ErrorBudget.objects.filter(service=service, name=measure.name).first()
        if row is not None and row.measured_at >= measure.measured_at:
            return row
        before = row.remaining_percent if row else None
        row = row or ErrorBudget(service=service, name=measure.name)
        row.objective = measure.objective
        row.remaining_percent = measure.remaining_percent
        row.measured_at, row.source_url = measure.measured_at, measure.source_url
        row.reported_by = actor
        row.clean_fields(exclude=["service", "reported_by"])
        row.save()
        _record(row, before=before, actor=actor, now=now)
    return row


def row_digests() -> Iterator[tuple[str, str]]:
    """(ref, digest) of every budget, for the ledger's verification."""
    for row in rows.streamed(ErrorBudget.objects.select_related("service")):
        yield row.ref, rows.digest(row)


def _by_monitoring(actor: User) -> Reason:
    return Reason(
        "not_permitted",
        f"{actor.username} is neither a robot nor a change manager.",
        "Let monitoring report it, with a robot's token of scope incidents:write.",
        source="people",
    )


def _record(row: ErrorBudget, *, before: Decimal | None, actor: User, now: datetime) -> None:
    was_spent, is_spent = before is not None and before <= 0, row.remaining_percent <= 0
    verb = SPENT if is_spent and not was_spent else REPORTED
    timeline.record(
        subject=row.ref,
        verb=RECOVERED if was_spent and not is_spent else verb,
        actor=actor.username,
        at=now,
        about=[refs.of_service(row.service.slug), refs.of_team(row.service.owner_team.slug)],
        data={
            "objective": row.objective,
            "remaining_percent": str(row.remaining_percent),
            "before": None if before is None else str(before),
            "measured_at": row.measured_at,
            "row_digest": rows.digest(ErrorBudget.objects.get(pk=row.pk)),
        },
    )
