"""Reminding whoever owes a vote, then asking the next authority in addition.

# Note [What is due]
When a requirement is asked, what is due about it is written down (`changes.lifecycle.deadlines`). A
worker takes what is due first and no other worker holds, locks the change, and does it: the row
goes in the transaction that records what was done, so it is done once however many workers there
are. What has been settled meanwhile is dropped; a change on hold is looked at again an hour later.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from catalog.models import User
from changes.lifecycle import locked_facts, telling
from changes.lifecycle.asking import told_of
from changes.lifecycle.moving import record
from changes.models import Change, Requirement, VoteDue
from changes.policies import Facts, filling
from changes.policies.facts import Need
from changes.policies.needs import among
from changes.queries.agreement import need_of
from changes.queries.evidence import could_fill
from changes.states import State
from ledger.decision import rfc3339

HELD_FOR = timedelta(hours=1)
STARTED = (State.IMPLEMENTING, State.VALIDATING)


def chase(*, now: datetime, limit: int) -> int:
    """Do what is due, the first due first, at most `limit`; answers how many were done.

    Any number of workers may.
    """
    for done in range(limit):
        if not _do_first(now=now):
            return done
    return limit


@transaction.atomic
def _do_first(*, now: datetime) -> bool:
    """Do what is due first; False where nothing is left that no other worker does."""
    rows = VoteDue.objects.select_for_update(skip_locked=True, of=("self",))
    rows = rows.select_related("requirement__change__author").filter(due_at__lte=now)
    due = rows.order_by("due_at", "id").first()
    if due is None:
        return False
    row, author = due.requirement, due.requirement.change.author
    change, facts = locked_facts(ref=row.change.ref, actor=author, now=now)
    if change.held_at is not None:
        due.due_at = now + HELD_FOR
        due.save(update_fields=["due_at"])
        return True
    due.delete()
    missing = filling.missing(facts.needs, filling.approvals(facts))
    need = next((need for need, _ in missing if need.rule == row.rule), None)
    if need is None or row.round != change.approval_round or not _wanted(change):
        return True
    act = _remind if due.act == VoteDue.Act.REMIND else _escalate
    act(change, row, need, facts=facts, author=author, now=now)
    return True


def _wanted(change: Change) -> bool:
    owes = change.broke_glass_at is not None and change.retroactively_approved_at is None
    return change.state == State.AWAITING_APPROVAL or (owes and change.state in STARTED)


def _remind(
    change: Change, row: Requirement, need: Need, *, facts: Facts, author: User, now: datetime
) -> None:
    """An event, and a letter to everybody who could still vote."""
    names = _could(change, need, facts=facts, now=now)
    says = {**told_of(need), "asked_at": rfc3339(row.asked_at), "could_vote": names}
    record(change, "remind", actor=None, now=now, says=says)
    why = f"Reminder: {need.rule} still waits for {need.asks}."
    telling.ask_for_votes(change, names, actor=author, now=now, anew=False, why=why)


def _escalate(
    change: Change, row: Requirement, need: Need, *, facts: Facts, author: User, now: datetime
) -> None:
    """Let the next authority fill it too, and ask them."""
    row.escalated_at = now
    row.save(update_fields=["escalated_at"])
    following = need_of(row).also or need
    says = {
        "rule": need.rule,
        "authority": str(need.authority),
        "next_authority": row.next_authority,
        **({"next_group": row.next_group} if row.next_group else {}),
        "note": f"{need.rule}: from {need.who} to {following.who} as well.",
    }
    record(change, "escalate", actor=None, now=now, says=says, written=[row])
    names = _could(change, following, facts=facts, now=now)
    why = f"{need.rule} asks {need.who}, who did not vote in time; your vote can take that place."
    telling.ask_for_votes(change, names, actor=author, now=now, anew=False, why=why)


def _could(change: Change, need: Need, *, facts: Facts, now: datetime) -> list[str]:
    could = could_fill(replace(facts, needs=(need,)), change=change, now=now)
    return among(need, could.vote)
