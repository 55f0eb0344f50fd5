"""Facts as they were: windows and incidents at an instant that has passed, as far as recorded.

# Note [What was in force then]
A window's row says what it is now, its events what each edit changed; undone one by one from the
newest, they give the row as it was. What has no events, such as a window that every installation
begins with, is taken to have been as it is. Overrides are rows with their times, so the statement
of facts knows them at any instant.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from changes import windows
from changes.models import Change, Window
from changes.policies import Facts
from changes.policies.facts import OverdueReview
from changes.policies.owed import WITHIN, Owes, duties
from changes.policies.reasons import listed
from changes.queries import holding
from changes.queries.calendar import rule_of
from changes.queries.listed_times import with_times
from changes.queries.override_rows import lifts
from changes.states import Kind
from changes.windows import Interval
from changes.windows.scope import Place, covers
from ledger.models import Event

WRITTEN = ("window.created", "window.edited", "window.deactivated")
AROUND = timedelta(days=32)
NAMED = 3


def as_it_was(facts: Facts, *, at: datetime) -> tuple[Facts, list[str]]:
    """The facts with the windows and incidents of `at`, and sentences on what is not known.

    Five statements. See Note [What was in force then].
    """
    there, unrecorded = _windows(facts, at=at)
    then = replace(
        facts,
        windows=windows.lift(there, lifts(facts.overrides)),
        open_incidents=holding.back_then(
            service=facts.service, environment=facts.environment, at=at
        ),
        overdue_reviews=_overdue(facts, at=at),
        error_budget=None,
    )
    return then, _unknown(facts, unrecorded)


def _overdue(facts: Facts, *, at: datetime) -> tuple[OverdueReview, ...]:
    """What was owed then and late."""
    unapproved = Q(retroactively_approved_at__isnull=True) | Q(retroactively_approved_at__gt=at)
    unreviewed = Q(reviewed_at__isnull=True) | Q(reviewed_at__gt=at)
    late = Q(unapproved, broke_glass_at__lt=at - WITHIN[Owes.VOTES]) | Q(
        unreviewed, kind=str(Kind.EMERGENCY), finished_at__lt=at - WITHIN[Owes.REVIEW]
    )
    found: list[OverdueReview] = []
    for row in Change.objects.filter(late, service__slug=facts.service).order_by("id"):
        owing = duties(
            ref=row.ref,
            kind=row.kind,
            broke_glass_at=row.broke_glass_at,
            retroactively_approved_at=_by(row.retroactively_approved_at, at=at),
            finished_at=row.finished_at,
            reviewed_at=_by(row.reviewed_at, at=at),
        )
        found += (
            OverdueReview(duty.ref, duty.due_at, str(duty.owes))
            for duty in owing
            if duty.is_overdue(at)
        )
    return tuple(found)


def _by(instant: datetime | None, *, at: datetime) -> datetime | None:
    """What had happened by then; None for what came later."""
    return instant if instant is not None and instant <= at else None


def _windows(facts: Facts, *, at: datetime) -> tuple[list[windows.Window], list[str]]:
    """The windows that were active then and covered the place, and the names of unrecorded ones."""
    rows = {row.ref: row for row in with_times(Window.objects.all(), within=_near(at))}
    events = Event.objects.filter(subject__startswith="WIN-", verb__in=WRITTEN)
    created = dict(events.filter(verb="window.created").values_list("subject", "at"))
    for event in events.filter(at__gt=at).order_by("-at", "-position"):
        if event.subject in rows:
            _undo(rows[event.subject], event)
    place = Place(
        team=facts.team,
        service=facts.service,
        environment=facts.environment,
        tier=facts.tier,
        kind=str(facts.kind),
        category=facts.category,
        risk=facts.risk_level,
    )
    held = [
        row
        for ref, row in rows.items()
        if row.is_active and created.get(ref, at) <= at and covers(row, place)
    ]
    unrecorded = [row.name for row in held if row.ref not in created]
    return [rule_of(row, zone=facts.zone) for row in held], unrecorded


def _near(at: datetime) -> Interval:
    """Calendars list many times: those around the instant are enough, and those that follow."""
    return Interval(at - AROUND, at + windows.HORIZON)


def _undo(row: Window, event: Event) -> None:
    """Take back what an event changed; values are kept as text there."""
    if event.verb == "window.deactivated":
        row.is_active = True
    for name, (before, _) in (event.data.get("diff") or {}).items():
        if name in _FIELDS:
            setattr(row, name, _FIELDS[name].to_python(before))


_FIELDS: dict[str, Any] = {field.attname: field for field in Window._meta.concrete_fields}


def _unknown(facts: Facts, unrecorded: list[str]) -> list[str]:
    said = [
        "Windows, overrides and incidents are those that were recorded then. Looked at as they are "
        f"now: the tier, team and needs of {facts.service}, whether {facts.environment} is open by "
        "default, custom rules, locks, and the severity of incidents. Not looked at: error budgets."
    ]
    if facts.ref:
        said.append(
            f"{facts.ref} is looked at as it is now, with its votes and holds: its timeline says "
            "what it was then."
        )
    if unrecorded:
        more = [f"{len(unrecorded) - NAMED} more"] if len(unrecorded) > NAMED else []
        names = [*(f"“{name}”" for name in sorted(unrecorded)[:NAMED]), *more]
        said.append(
            f"It is not recorded when {listed(names)} {'was' if len(names) == 1 else 'were'} "
            "declared: taken to have held then."
        )
    return said
