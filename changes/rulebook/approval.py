"""Writing approval rules: who must agree to what, and the ledger says who changed that."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from catalog.models import User
from changes.models import ApprovalRule
from changes.models.rule import AuthorityWord
from changes.queries.names import missing, there_is_no
from changes.queries.rows import rule_ref
from changes.rulebook import asking
from ledger import refs, rows, timeline
from ledger.keeping import demand_change_manager, differences, told

EDITABLE = (
    "name",
    "is_active",
    "kinds",
    "risk_at_least",
    "environments",
    "teams",
    "tiers",
    "categories",
    "authority",
    "group",
    "people",
    "count",
    "percent",
    "stage",
)
SLUGS = {"teams": "team", "environments": "environment"}


@transaction.atomic
def save(rule: ApprovalRule, *, actor: User, now: datetime) -> ApprovalRule:
    """Keep a rule as it was filled in, new or edited, and record it with what changed.

    Changes that were submitted keep the requirements they were given. Raises `ValidationError`
    with a sentence for each wrong field, and `Refused` when `actor` is no change manager.
    """
    before, diff = _checked(rule, actor=actor, now=now)
    if before is not None and not diff:
        return rule
    _insert_or_update(rule)
    timeline.record(
        subject=rule_ref(rule),
        verb="approval_rule.edited" if before else "approval_rule.created",
        actor=actor.username,
        at=now,
        about=[refs.of_team(slug) for slug in rule.teams],
        data={
            "name": rule.name,
            "is_active": rule.is_active,
            **told(before, diff),
            "row_digest": rows.digest(ApprovalRule.objects.get(pk=rule.pk)),
        },
    )
    return rule


@transaction.atomic
def check(rule: ApprovalRule, *, actor: User, now: datetime) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(rule, actor=actor, now=now)


def _checked(
    rule: ApprovalRule, *, actor: User, now: datetime
) -> tuple[ApprovalRule | None, dict[str, list[Any]]]:
    """The row as it was, locked, and what would change."""
    ref = rule_ref(rule) if rule.pk else ""
    demand_change_manager("write approval rule", actor=actor, ref=ref, what="approval rules")
    rows = ApprovalRule.objects.select_for_update()
    before = rows.filter(pk=rule.pk).first() if rule.pk else None
    diff = differences(before, rule, names=EDITABLE)
    if before is None or diff:
        _in_one_form(rule)
        rule.full_clean(validate_constraints=False)
        _refuse_unknown_slugs(rule)
        asking.refuse_what_cannot_be(rule, now=now)
    return before, diff


def _in_one_form(rule: ApprovalRule) -> None:
    """What its authority leaves without a meaning says nothing; a percentage stands alone."""
    if rule.authority != AuthorityWord.GROUP:
        rule.group = ""
    rule.people = sorted(set(rule.people or [])) if rule.authority == AuthorityWord.PEOPLE else []
    if rule.percent is not None:
        rule.count = 1


def _refuse_unknown_slugs(rule: ApprovalRule) -> None:
    wrong = {
        scope: [there_is_no(kind, slug) for slug in missing(kind, getattr(rule, scope))]
        for scope, kind in SLUGS.items()
    }
    if any(wrong.values()):
        raise ValidationError({scope: found for scope, found in wrong.items() if found})


def _insert_or_update(rule: ApprovalRule) -> None:
    """Save; a name that was taken meanwhile is a wrong field like one that was taken before."""
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError as problem:
        if "changes_approvalrule_name" not in str(problem):
            raise
        raise ValidationError({"name": "Another approval rule has this name."}) from problem
