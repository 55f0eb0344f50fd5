"""Writing how the messages of a source are read, and trying it on one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from incidents.intake import fields
from incidents.intake.keeping import demand_keeper
from incidents.models import SignalMapping
from ledger import rows, timeline
from ledger.models import Source

PATHS = (
    "each",
    "key",
    "title",
    "body",
    "status",
    "severity",
    "service",
    "environment",
    "group",
    "started_at",
    "ended_at",
    "occurrence",
    "link",
    "labels",
)
EDITABLE = (
    "source",
    "event_type",
    "is_ignored",
    *PATHS,
    "resolved_words",
    "acknowledged_words",
    "firing_words",
    "severity_words",
    "is_active",
)
JSON, CLOUDEVENTS = "json", "cloudevents"
ANY = "*"


@transaction.atomic
def save(mapping: SignalMapping, *, actor: User, now: datetime) -> SignalMapping:
    """Keep a mapping as it was filled in, new or edited, and record it with what changed.

    Raises `ValidationError` with a sentence for each wrong field, and `Refused` (not_permitted).
    """
    before, diff = _checked(mapping, actor=actor)
    if before is not None and not diff:
        return mapping
    mapping.save()
    timeline.record(
        subject=mapping.ref,
        verb="signal_mapping.edited" if before else "signal_mapping.created",
        actor=actor.username,
        at=now,
        about=[mapping.source.ref],
        data={
            "name": str(mapping),
            "diff": diff,
            "row_digest": rows.digest(SignalMapping.objects.get(pk=mapping.pk)),
        },
    )
    return mapping


@transaction.atomic
def check(mapping: SignalMapping, *, actor: User) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(mapping, actor=actor)


def of(*, source: Source, event_type: str = "") -> SignalMapping | None:
    """The mapping by which a message of a source is read: of its type, of the longest beginning of
    it, or of every message."""
    found = SignalMapping.objects.filter(source=source, is_active=True)
    fitting = [one for one in found if _fits(one.event_type, event_type)]
    return max(fitting, key=_closeness, default=None)


def row_digests() -> Iterator[tuple[str, str]]:
    """(ref, digest) of every mapping."""
    return ((one.ref, rows.digest(one)) for one in rows.streamed(SignalMapping.objects.all()))


def _fits(pattern: str, event_type: str) -> bool:
    if pattern.endswith(ANY):
        return event_type.startswith(pattern.removesuffix(ANY))
    return pattern in ("", event_type)


def _closeness(mapping: SignalMapping) -> tuple[bool, int]:
    pattern = mapping.event_type
    return not pattern.endswith(ANY) and pattern != "", len(pattern)


def _checked(
    mapping: SignalMapping, *, actor: User
) -> tuple[SignalMapping | None, dict[str, list[Any]]]:
    """The row as it was, locked, and what would change."""
    ref = mapping.ref if mapping.pk else ""
    demand_keeper("map", actor=actor, ref=ref, what="how messages are read")
    kept = SignalMapping.objects.select_for_update()
    before = kept.filter(pk=mapping.pk).first() if mapping.pk else None
    mapping.full_clean(validate_constraints=False)
    if wrong := {**_wrong_paths(mapping), **_wrong_words(mapping), **_wrong_source(mapping)}:
        raise ValidationError(wrong)
    old = before or SignalMapping()
    names = [name for name in EDITABLE if name != "source"]
    diff = {
        name: [getattr(old, name), getattr(mapping, name)]
        for name in names
        if getattr(old, name) != getattr(mapping, name)
    }
    if before is None or before.source_id != mapping.source_id:
        diff["source"] = [before.source.slug if before else None, mapping.source.slug]
    return before, diff


def _wrong_paths(mapping: SignalMapping) -> dict[str, str]:
    wrong = {}
    for name in PATHS:
        path = getattr(mapping, name)
        if path.startswith(fields.CONSTANT):
            continue
        if any(step == "" for step in fields.steps(path)) or path != path.strip():
            wrong[name] = (
                "Write names with dots between (alert.name), a JSON pointer (/alert/name), or a "
                "constant after =."
            )
    if not mapping.is_ignored and not mapping.key:
        wrong["key"] = "Say what tells one alert from another."
    return wrong


def _wrong_words(mapping: SignalMapping) -> dict[str, str]:
    try:
        fields.severities(mapping.severity_words)
    except ValueError as why:
        return {"severity_words": str(why)}
    return {}


def _wrong_source(mapping: SignalMapping) -> dict[str, str]:
    wrong = {}
    if mapping.source.vendor not in (JSON, CLOUDEVENTS):
        wrong["source"] = f"{mapping.source} is read by itself: it needs no mapping."
    elif mapping.event_type and mapping.source.vendor != CLOUDEVENTS:
        wrong["event_type"] = "Only CloudEvents have a type: leave it empty."
    same = SignalMapping.objects.filter(source=mapping.source, event_type=mapping.event_type)
    if other := same.exclude(pk=mapping.pk).first():
        wrong["event_type"] = f"{other.ref} maps it already: edit that one."
    return wrong
