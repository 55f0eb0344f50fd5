"""Writing which tasks a change begins with."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.models import TaskRule
from ledger import rows, timeline
from ledger.keeping import demand_change_manager, differences, told

EDITABLE = (
    "title",
    "description",
    "kind",
    "position",
    "is_active",
    "template",
    "categories",
    "kinds",
    "starts_after",
    "lasts",
)
LONGEST = timedelta(days=366)


@transaction.atomic
def save(rule: TaskRule, *, actor: User, now: datetime) -> TaskRule:
    """Keep a rule as it was filled in, new or edited, and record it with what changed.

    Changes that were filed keep the tasks they have. Raises `ValidationError` with a sentence for
    each wrong field, and `Refused` when `actor` is no change manager.
    """
    before, diff = _checked(rule, actor=actor)
    if before is not None and not diff:
        return rule
    rule.save()
    timeline.record(
        subject=rule.ref,
        verb="task_rule.edited" if before else "task_rule.created",
        actor=actor.username,
        at=now,
        data={
            "title": rule.title,
            "is_active": rule.is_active,
            **told(before, diff),
            "row_digest": rows.digest(TaskRule.objects.get(pk=rule.pk)),
        },
    )
    return rule


@transaction.atomic
def check(rule: TaskRule, *, actor: User) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(rule, actor=actor)


def _checked(rule: TaskRule, *, actor: User) -> tuple[TaskRule | None, dict[str, list[Any]]]:
    """The row as it was, locked, and what would change."""
    ref = rule.ref if rule.pk else ""
    demand_change_manager("write task rule", actor=actor, ref=ref, what="rules about tasks")
    kept = TaskRule.objects.select_for_update(of=("self",)).select_related("template")
    before = kept.filter(pk=rule.pk).first() if rule.pk else None
    diff = differences(before, rule, names=EDITABLE)
    diff = {name: [_slug(one) for one in pair] for name, pair in diff.items()}
    rule.full_clean(validate_constraints=False)
    _refuse_times(rule)
    return before, diff


def _refuse_times(rule: TaskRule) -> None:
    wrong = {}
    if rule.starts_after is not None and not timedelta() <= rule.starts_after <= LONGEST:
        wrong["starts_after"] = "Give a length of time from 0 to a year."
    if rule.lasts is not None and not timedelta() < rule.lasts <= LONGEST:
        wrong["lasts"] = "Give a length of time above 0, and a year at most."
    if rule.starts_after is not None and rule.lasts is None:
        wrong["lasts"] = "Say how long it takes, too."
    if wrong:
        raise ValidationError(wrong)


def _slug(value: Any) -> Any:
    return getattr(value, "slug", value)
