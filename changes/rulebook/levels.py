"""Writing from which score a change is of which risk."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.models import RiskThreshold
from ledger import rows, timeline
from ledger.keeping import demand_change_manager, differences, told

EDITABLE = ("from_score",)


@transaction.atomic
def save(threshold: RiskThreshold, *, actor: User, now: datetime) -> RiskThreshold:
    """Keep a level's first score, and record it with what it was.

    Changes keep the level they were given until they are edited or submitted. Raises
    `ValidationError` where levels would lose their order or one would hold nothing, and `Refused`
    when `actor` is no change manager.
    """
    before = _checked(threshold, actor=actor)
    diff = differences(before, threshold, names=EDITABLE)
    if not diff:
        return threshold
    threshold.save(update_fields=[*EDITABLE])
    timeline.record(
        subject=threshold.ref,
        verb="risk_level.edited",
        actor=actor.username,
        at=now,
        data={
            "level": threshold.level,
            **told(before, diff),
            "row_digest": rows.digest(threshold),
        },
    )
    return threshold


@transaction.atomic
def check(threshold: RiskThreshold, *, actor: User) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(threshold, actor=actor)


def _checked(threshold: RiskThreshold, *, actor: User) -> RiskThreshold:
    """The row as it was; all rows are locked, so that two edits cannot cross."""
    demand_change_manager("write risk level", actor=actor, ref=threshold.ref, what="levels of risk")
    threshold.full_clean(validate_constraints=False)
    kept = {row.level: row for row in RiskThreshold.objects.select_for_update().order_by("pk")}
    starts = {level: row.from_score for level, row in kept.items()}
    starts[threshold.level] = threshold.from_score
    if starts["high"] <= starts["medium"]:
        medium, high = starts["medium"], starts["high"]
        raise ValidationError({"from_score": _crossed(threshold.level, medium, high)})
    return kept[threshold.level]


def _crossed(level: str, medium: int, high: int) -> str:
    if level == "high":
        return (
            f"High must begin above medium, which begins at {medium}: give {medium + 1} or more, "
            "or lower medium first."
        )
    return (
        f"Medium must begin below high, which begins at {high}: give {high - 1} or less, or raise "
        "high first."
    )
