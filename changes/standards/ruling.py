"""Saying who approves templates."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.models import CatalogueRule
from changes.queries.templates import GROUPS, IN_WORDS, approvers
from ledger import rows, timeline
from ledger.keeping import demand_change_manager, differences, told

EDITABLE = ("approvers",)


@transaction.atomic
def save_rule(rule: CatalogueRule, *, actor: User, now: datetime) -> CatalogueRule:
    """Keep who approves templates, and record who did before.

    Raises `ValidationError` for a group of nobody, and `Refused` for any but a change manager.
    """
    check_rule(rule, actor=actor)
    before = CatalogueRule.objects.select_for_update().filter(pk=rule.pk).first()
    diff = differences(before, rule, names=EDITABLE)
    if before is not None and not diff:
        return rule
    rule.pk = 1
    rule.save()
    timeline.record(
        subject=rule.ref,
        verb="standard_catalogue.edited",
        actor=actor.username,
        at=now,
        data={"approvers": rule.approvers, **told(before, diff), "row_digest": rows.digest(rule)},
    )
    return rule


def check_rule(rule: CatalogueRule, *, actor: User) -> None:
    """Raise what `save_rule` would raise, and write nothing."""
    demand_change_manager("write catalogue rule", actor=actor, ref=rule.ref, what="this rule")
    rule.full_clean(validate_constraints=False)
    groups = GROUPS[CatalogueRule.Approvers(rule.approvers)]
    if len(approvers(*groups)) < 2:
        named = " or ".join(IN_WORDS[group] for group in groups)
        sentence = (
            f"Two active people at least must be {named}: nobody approves their own proposal."
        )
        raise ValidationError({"approvers": sentence})
