"""Confirming, withdrawing and reviewing an override."""

from datetime import datetime

from django.db import transaction

from catalog.models import User
from changes.lifecycle.fields import demand_text
from changes.models import Override
from changes.overrides.recording import record, said
from changes.policies import overriding
from changes.policies.reach import EVERYWHERE, Reach
from changes.queries import overrides as found
from changes.queries.refs import locked
from ledger.decision import Refused


@transaction.atomic
def confirm(*, ref: str, actor: User, now: datetime, reach: Reach = EVERYWHERE) -> Override:
    """Let it open its freezes, from its start or now; the review it owes gets its deadline."""
    row = _locked(ref, reach)
    _decide(row, "confirm", actor=actor, now=now)
    row.confirmed_at, row.confirmed_by = now, actor
    row.review_due_at = overriding.review_due(
        row.expires_at, working_days=row.review_days, zone=row.service.owner_team.time_zone
    )
    row.save(update_fields=["confirmed_at", "confirmed_by", "review_due_at"])
    says = {**said(row), "review_due_at": row.review_due_at}
    record(row, "confirm", actor=actor, now=now, says=says)
    return row


@transaction.atomic
def withdraw(
    *, ref: str, reason: str, actor: User, now: datetime, reach: Reach = EVERYWHERE
) -> Override:
    """Close what it opened, at once. A review that is owed stays owed."""
    demand_text("reason", reason, "Say why it is withdrawn.")
    row = _locked(ref, reach)
    _decide(row, "withdraw", actor=actor, now=now)
    row.withdrawn_at, row.withdrawn_by, row.withdrawal = now, actor, reason.strip()
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal"])
    says = {"reason": row.withdrawal, "windows": row.windows}
    record(row, "withdraw", actor=actor, now=now, says=says)
    return row


@transaction.atomic
def review(
    *, ref: str, text: str, actor: User, now: datetime, reach: Reach = EVERYWHERE
) -> Override:
    """Write what was made of it, after it has ended."""
    demand_text("text", text, "Write whether it was needed, what came of it, and what to change.")
    row = _locked(ref, reach)
    _decide(row, "review", actor=actor, now=now)
    row.reviewed_at, row.reviewed_by, row.review = now, actor, text.strip()
    row.save(update_fields=["reviewed_at", "reviewed_by", "review"])
    record(row, "review", actor=actor, now=now, says={"review": row.review})
    return row


def _locked(ref: str, reach: Reach) -> Override:
    """The override with its change's row locked, then its own: the order of `request`."""
    row = found.by_ref(ref=ref)
    reach.demand(
        service=row.service.slug,
        team=row.service.owner_team.slug,
        environment=row.environment.slug,
        ref=row.ref,
    )
    if row.change_id:
        locked(ref=row.subject)
    return found.by_ref(ref=row.ref, lock=True)


def _decide(row: Override, verb: str, *, actor: User, now: datetime) -> None:
    decision = overriding.may(verb, found.case_of(row), found.asker(actor), now=now)
    if not decision.allowed:
        raise Refused(decision, ref=row.subject)
