"""Writing deadlines of votes: when a reminder is due, and whom it escalates to."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.models import ApprovalDeadline
from changes.models.rule import AuthorityWord
from ledger import rows, timeline
from ledger.keeping import demand_change_manager, differences, told

EDITABLE = (
    "authority",
    "rule",
    "is_active",
    "remind_after",
    "escalate_after",
    "next_authority",
    "next_group",
)
SOONEST, LATEST = timedelta(minutes=1), timedelta(days=30)


@transaction.atomic
def save(deadline: ApprovalDeadline, *, actor: User, now: datetime) -> ApprovalDeadline:
    """Keep a deadline as it was filled in, new or edited, and record it with what changed.

    What is due already about votes that were asked for stays as it was. Raises `ValidationError`
    with a sentence for each wrong field, and `Refused` when `actor` is no change manager.
    """
    before, diff = _checked(deadline, actor=actor)
    if before is not None and not diff:
        return deadline
    deadline.save()
    timeline.record(
        subject=deadline.ref,
        verb="approval_deadline.edited" if before else "approval_deadline.created",
        actor=actor.username,
        at=now,
        data={
            "of": str(deadline),
            "is_active": deadline.is_active,
            **told(before, diff),
            "row_digest": rows.digest(ApprovalDeadline.objects.get(pk=deadline.pk)),
        },
    )
    return deadline


@transaction.atomic
def check(deadline: ApprovalDeadline, *, actor: User) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(deadline, actor=actor)


def _checked(
    deadline: ApprovalDeadline, *, actor: User
) -> tuple[ApprovalDeadline | None, dict[str, list[Any]]]:
    """The row as it was, locked, and what would change."""
    ref = deadline.ref if deadline.pk else ""
    demand_change_manager("write deadline", actor=actor, ref=ref, what="deadlines of votes")
    kept = ApprovalDeadline.objects.select_for_update(of=("self",)).order_by("pk")
    before = kept.filter(pk=deadline.pk).first() if deadline.pk else None
    _in_one_form(deadline)
    wrong: dict[str, list[str]] = {}
    for name, sentence in _wrong(deadline):
        wrong.setdefault(name, []).append(sentence)
    if wrong:
        raise ValidationError(wrong)
    deadline.full_clean(validate_constraints=False)
    return before, _as_keys(differences(before, deadline, names=_columns()))


def _columns() -> Iterator[str]:
    return ("rule_id" if name == "rule" else name for name in EDITABLE)


def _as_keys(diff: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """A rule is told as the ledger names it."""
    if "rule_id" in diff:
        diff["rule"] = [f"RULE-{key}" if key else None for key in diff.pop("rule_id")]
    return diff


def _in_one_form(deadline: ApprovalDeadline) -> None:
    """What means nothing without the rest says nothing."""
    if deadline.escalate_after is None:
        deadline.next_authority = ""
    if deadline.next_authority != AuthorityWord.GROUP:
        deadline.next_group = ""


def _wrong(deadline: ApprovalDeadline) -> Iterator[tuple[str, str]]:
    yield from _whose(deadline)
    remind, escalate = deadline.remind_after, deadline.escalate_after
    if remind is not None and not SOONEST <= remind <= LATEST:
        yield "remind_after", "Remind after a minute at the earliest, and 30 days at the latest."
    if escalate is not None and remind is not None and not remind < escalate <= LATEST:
        yield "escalate_after", "Escalate after the reminder, and 30 days at the latest."
    if escalate is not None and not deadline.next_authority:
        yield "next_authority", "Say who is asked then."
    if deadline.next_authority and deadline.next_authority == deadline.authority != "group":
        yield "next_authority", "Name another authority than the one that is late."
    if deadline.next_authority == AuthorityWord.GROUP:
        if not deadline.next_group:
            yield "next_group", "Choose the group that is asked then."
        elif not Group.objects.filter(name=deadline.next_group).exists():
            yield "next_group", f"There is no group {deadline.next_group}."


def _whose(deadline: ApprovalDeadline) -> Iterator[tuple[str, str]]:
    if bool(deadline.authority) == bool(deadline.rule_id):
        yield "authority", "Choose an authority, or one rule instead."
        return
    others = ApprovalDeadline.objects.exclude(pk=deadline.pk)
    if deadline.rule_id and others.filter(rule=deadline.rule_id).exists():
        yield "rule", "This rule has a deadline already: edit that one."
    if deadline.authority and others.filter(rule=None, authority=deadline.authority).exists():
        yield "authority", "This authority has a deadline already: edit that one."
