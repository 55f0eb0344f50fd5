"""Writing what other tools call the places here."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.models import DoorMapping
from ledger import rows, timeline
from ledger.keeping import demand_change_manager, differences, told

EDITABLE = (
    "vendor",
    "project",
    "stage",
    "service",
    "environment",
    "template",
    "starts_change",
    "is_active",
)


@transaction.atomic
def save(mapping: DoorMapping, *, actor: User, now: datetime) -> DoorMapping:
    """Keep a mapping as it was filled in, new or edited, and record it with what changed.

    Raises `ValidationError` with a sentence for each wrong field, and `Refused` when `actor` is no
    change manager.
    """
    before, diff = _checked(mapping, actor=actor)
    if before is not None and not diff:
        return mapping
    mapping.save()
    timeline.record(
        subject=mapping.ref,
        verb="door_mapping.edited" if before else "door_mapping.created",
        actor=actor.username,
        at=now,
        about=[f"service:{mapping.service.slug}"],
        data={
            "name": str(mapping),
            "is_active": mapping.is_active,
            **told(before, diff),
            "row_digest": rows.digest(DoorMapping.objects.get(pk=mapping.pk)),
        },
    )
    return mapping


@transaction.atomic
def check(mapping: DoorMapping, *, actor: User) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(mapping, actor=actor)


def _checked(
    mapping: DoorMapping, *, actor: User
) -> tuple[DoorMapping | None, dict[str, list[Any]]]:
    """The row as it was, locked, and what would change."""
    ref = mapping.ref if mapping.pk else ""
    demand_change_manager("map", actor=actor, ref=ref, what="what other tools’ places stand for")
    kept = DoorMapping.objects.select_for_update(of=("self",)).select_related(
        "service", "environment", "template"
    )
    before = kept.filter(pk=mapping.pk).first() if mapping.pk else None
    mapping.full_clean(validate_constraints=False)
    _refuse_double(mapping)
    return before, _plain(before, mapping)


def _refuse_double(mapping: DoorMapping) -> None:
    alike = DoorMapping.objects.filter(
        vendor=mapping.vendor, project__iexact=mapping.project, stage__iexact=mapping.stage
    ).exclude(pk=mapping.pk)
    other = alike.first()
    if other is not None:
        raise ValidationError({"project": f"{other.ref} maps it already: edit that one."})


def _plain(before: DoorMapping | None, mapping: DoorMapping) -> dict[str, list[Any]]:
    """The differences, with slugs for keys."""
    empty = dict.fromkeys(("service", "environment", "template"))
    diff = differences(before, mapping, names=[name for name in EDITABLE if name not in empty])
    for name in empty:
        was = getattr(getattr(before, name), "slug", None) if before else None
        now = getattr(getattr(mapping, name), "slug", None)
        if was != now:
            diff[name] = [was, now]
    return diff
