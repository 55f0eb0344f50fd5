"""Writing how deployments that were seen are judged."""

from datetime import datetime

from django.db import transaction

from catalog.models import User
from changes.models import DetectionRule
from ledger import rows, timeline
from ledger.keeping import demand_change_manager, differences, told

EDITABLE = ("is_active", "grace", "same_within", "implementing_counts")


@transaction.atomic
def save(rule: DetectionRule, *, actor: User, now: datetime) -> DetectionRule:
    """Keep the rule, and record what it was before.

    Raises `ValidationError`, and `Refused` for any but a change manager.
    """
    check(rule, actor=actor)
    before = DetectionRule.objects.select_for_update().filter(pk=1).first()
    diff = differences(before, rule, names=EDITABLE)
    if before is not None and not diff:
        return rule
    rule.pk = 1
    rule.save()
    timeline.record(
        subject=rule.ref,
        verb="detection.edited",
        actor=actor.username,
        at=now,
        data={"name": str(rule), **told(before, diff), "row_digest": rows.digest(rule)},
    )
    return rule


def check(rule: DetectionRule, *, actor: User) -> None:
    """Raise what `save` would raise, and write nothing."""
    demand_change_manager("write detection rule", actor=actor, ref=rule.ref, what="this rule")
    rule.full_clean(validate_constraints=False)
