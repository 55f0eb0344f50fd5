"""Writing what change managers keep of incidents: the matrix, the targets, the checklists."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import Service, User
from incidents.models import ChecklistItem, ResolutionCheck, SeverityRule, SeverityTarget
from ledger import rows, timeline
from ledger.download import refuse_address
from ledger.keeping import demand_change_manager, differences, told
from ledger.safe_transport import NotReached

Row = SeverityRule | SeverityTarget | ChecklistItem | ResolutionCheck
LONGEST = timedelta(days=7)
SEVERITIES = frozenset({1, 2, 3, 4})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rows: its word in the ledger, what people call them, and what is edited."""

    word: str
    what: str
    editable: tuple[str, ...]


KINDS: dict[type[Row], Kind] = {
    SeverityRule: Kind("severity_rule", "the severity matrix", ("impact", "urgency", "severity")),
    SeverityTarget: Kind(
        "severity_target",
        "response and update targets",
        (
            "severity",
            "respond_within",
            "respond_reminder",
            "update_every",
            "update_reminder",
            "owes_postmortem",
        ),
    ),
    ChecklistItem: Kind(
        "checklist_item",
        "checklists",
        ("within_minutes", "position", "text", "severities", "is_active"),
    ),
    ResolutionCheck: Kind(
        "resolution_check",
        "what is verified before an incident is resolved",
        (
            "name",
            "is_active",
            "services",
            "base_url",
            "query",
            "comparison",
            "threshold",
            "apart",
            "timeout_seconds",
        ),
    ),
}


@transaction.atomic
def save(row: Row, *, actor: User, now: datetime) -> Row:
    """Keep a row as it was filled in, new or edited, and record it with what changed.

    Raises `ValidationError` with a sentence for each wrong field, and `Refused` when `actor` is no
    change manager.
    """
    before, diff = _checked(row, actor=actor)
    if before is not None and not diff:
        return row
    row.save()
    kind = KINDS[type(row)]
    timeline.record(
        subject=row.ref,
        verb=f"{kind.word}.{'edited' if before else 'created'}",
        actor=actor.username,
        at=now,
        data={
            **told(before, diff),
            "row_digest": rows.digest(type(row)._default_manager.get(pk=row.pk)),
        },
    )
    return row


@transaction.atomic
def check(row: Row, *, actor: User) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(row, actor=actor)


def _checked(row: Row, *, actor: User) -> tuple[Row | None, dict[str, list[Any]]]:
    """The row as it was, locked, and what would change."""
    kind = KINDS[type(row)]
    ref = row.ref if row.pk else ""
    demand_change_manager(f"write {kind.word}", actor=actor, ref=ref, what=kind.what)
    kept = type(row)._default_manager.select_for_update()
    before: Row | None = kept.filter(pk=row.pk).first() if row.pk else None
    row.full_clean(validate_constraints=False)
    wrong = {
        **_wrong_key(before, row),
        **_wrong_times(row),
        **_wrong_severities(row),
        **_wrong_check(row),
    }
    if wrong:
        raise ValidationError(wrong)
    row.validate_constraints()
    return before, differences(before, row, names=kind.editable)


def _wrong_key(before: Row | None, row: Row) -> dict[str, str]:
    if before is None or before.ref == row.ref:
        return {}
    name = "severity" if isinstance(row, SeverityTarget) else "impact"
    return {name: "The ledger names it so: it stays. Edit the other row instead."}


def _wrong_times(row: Row) -> dict[str, str]:
    if not isinstance(row, SeverityTarget):
        return {}
    wrong = {}
    for name, least in (
        ("respond_within", timedelta(minutes=1)),
        ("update_every", timedelta(minutes=5)),
    ):
        span = getattr(row, name)
        if span is not None and not least <= span <= LONGEST:
            wrong[name] = f"Give a length from {least} to seven days."
    for name, whole in (
        ("respond_reminder", row.respond_within or LONGEST),
        ("update_reminder", row.update_every),
    ):
        if not timedelta() <= getattr(row, name) < whole:
            wrong[name] = "Remind before it is due, and not before it begins."
    return wrong


def _wrong_severities(row: Row) -> dict[str, str]:
    if isinstance(row, ChecklistItem) and not SEVERITIES.issuperset(row.severities):
        return {"severities": "Choose from SEV-1 to SEV-4."}
    return {}


def _wrong_check(row: Row) -> dict[str, str]:
    if not isinstance(row, ResolutionCheck):
        return {}
    wrong = {}
    known = set(Service.objects.filter(slug__in=row.services).values_list("slug", flat=True))
    unknown = sorted(set(row.services) - known)
    if unknown:
        wrong["services"] = f"There is no service {', '.join(unknown)}."
    if not timedelta(minutes=1) <= row.apart <= timedelta(days=1):
        wrong["apart"] = "Give a length from one minute to a day."
    try:
        refuse_address(row.base_url)
    except NotReached as problem:
        wrong["base_url"] = str(problem)
    return wrong
