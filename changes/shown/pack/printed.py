"""An evidence pack as its page shows it: labels instead of field names, words marked. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from changes.models import PlanVersion
from changes.queries.plans import TEXTS, differences
from changes.shown.plan import FieldChange
from changes.shown.wording import Piece, compared
from changes.shown.words import INSTANTS, LABELS, label_of, spoken


@dataclass(frozen=True, slots=True)
class Told:
    """One field of a plan; `is_text` where it is prose, `instant` where it is RFC 3339."""

    label: str
    value: str
    is_text: bool
    instant: bool


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a plan and how it differs from the one before, texts word by word."""

    row: PlanVersion
    fields: list[FieldChange]
    words: list[tuple[str, tuple[Piece, ...]]]


def told(fields: Mapping[str, Any]) -> list[Told]:
    """The fields that say something, as a plan is read."""
    names = [*(name for name in LABELS if name in fields), *sorted(set(fields) - set(LABELS))]
    return [
        Told(label_of(name), spoken(name, fields[name]), name in TEXTS, name in INSTANTS)
        for name in names
        if fields[name] not in (None, "", [])
    ]


def versions(rows: Sequence[PlanVersion]) -> list[Version]:
    """Each version of the plan, the first without a comparison."""
    return [
        _version(row, before.fields if before else row.fields)
        for before, row in zip([None, *rows], rows, strict=False)
    ]


def _version(row: PlanVersion, before: Mapping[str, Any]) -> Version:
    found = differences(dict(before), row.fields)
    return Version(
        row,
        fields=[
            FieldChange(
                label_of(one.name),
                spoken(one.name, before.get(one.name)),
                spoken(one.name, row.fields.get(one.name)),
                instant=one.name in INSTANTS,
            )
            for one in found
            if one.name not in TEXTS
        ],
        words=[
            (label_of(one.name), compared(one.before, one.after))
            for one in found
            if one.name in TEXTS
        ],
    )
