"""From implementation to the end: finish, roll back, checks, review, close, cancel."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.lifecycle import answering, check_runs, rollouts, task_rows
from changes.lifecycle.evidence import demand_evidence
from changes.lifecycle.fields import demand_text
from changes.lifecycle.moving import decide, locked_facts, move, record
from changes.lifecycle.suspending import judge_use
from changes.models import Change, Check
from changes.policies import closing
from changes.states import Outcome
from ledger.decision import refuse


@transaction.atomic
def finish(*, ref: str, actor: User, now: datetime, note: str = "", failed: bool = False) -> Change:
    """The work is done, or has `failed`; what follows is validation. Checks that we run begin."""
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    begun = sorted(rule.name for rule in facts.check_rules if rule.ours)
    move(
        change,
        "finish",
        facts=replace(facts, deployment_failed=failed),
        actor=actor,
        now=now,
        sets={"finished_at": now},
        says={"note": note, **({"checks_begun": begun} if begun else {})},
        writes=partial(rollouts.over, change, facts, now=now),
    )
    check_runs.begin(change, facts, now=now)
    return change


@transaction.atomic
def roll_back(*, ref: str, note: str, actor: User, now: datetime) -> Change:
    """The change was taken back; it can only close as rolled back or failed."""
    demand_text("note", note, "Say what was rolled back, and why.")
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    move(
        change,
        "roll_back",
        facts=facts,
        actor=actor,
        now=now,
        sets={"rolled_back_at": now, "finished_at": change.finished_at or now},
        says={"note": note},
        writes=partial(rollouts.over, change, facts, now=now),
    )
    check_runs.cancel(change, facts, now=now)
    return change


@transaction.atomic
def report_check(
    *,
    ref: str,
    name: str,
    passed: bool,
    actor: User,
    now: datetime,
    detail: str = "",
    url: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> Check:
    """Add a report of one named validation check; the latest of a name counts."""
    demand_text("name", name, "Name the check, such as smoke-test.")
    demand_evidence(evidence or {})
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    decide(change, "check", facts=facts, now=now)
    ours = tuple(closing.ours_to_run(name.strip(), facts))
    if ours:
        raise refuse("check", *ours, ref=change.ref)
    check = Check(
        change=change,
        name=name.strip(),
        passed=passed,
        detail=detail,
        url=url,
        reported_by=actor,
        reported_at=now,
        evidence=dict(evidence or {}),
    )
    check.clean_fields(exclude=["change", "reported_by"])
    check.save(force_insert=True)
    if evidence:
        check.refresh_from_db(fields=["evidence"])  # 1e16 comes back whole; the digest is of that
    says = {"name": check.name, "passed": passed, "detail": detail, "url": url}
    record(change, "check", actor=actor, now=now, says=says, written=[check])
    return check


@transaction.atomic
def review(*, ref: str, text: str, actor: User, now: datetime) -> Change:
    """Write the review an emergency or unsuccessful change owes before it closes."""
    demand_text("review", text, "Write what happened, why, and what will be different.")
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    move(
        change,
        "review",
        facts=facts,
        actor=actor,
        now=now,
        sets={"review": text, "reviewed_at": now, "reviewed_by": actor},
        says={"review": text},
    )
    return change


@transaction.atomic
def close(*, ref: str, outcome: str, note: str, actor: User, now: datetime) -> Change:
    """End a validated change with its outcome."""
    if outcome and outcome not in list(Outcome):
        known = ", ".join(Outcome)
        raise ValidationError({"outcome": f"“{outcome}” is no outcome. Use one of: {known}."})
    demand_text("note", note, "Say in a sentence how it went.")
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    move(
        change,
        "close",
        facts=replace(facts, outcome=Outcome(outcome) if outcome else None),
        actor=actor,
        now=now,
        sets={"outcome": outcome, "closing_note": note, "ended_at": now, "ended_by": actor},
        says={"outcome": outcome, "note": note},
    )
    judge_use(change, now=now)
    check_runs.cancel(change, facts, now=now)
    answering.link_remedy(change, actor=actor, now=now)
    return change


@transaction.atomic
def cancel(*, ref: str, reason: str, actor: User, now: datetime) -> Change:
    """Drop a change that has not started. A hold ends with it."""
    demand_text("reason", reason, "Say why it is not needed any more.")
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    move(
        change,
        "cancel",
        facts=facts,
        actor=actor,
        now=now,
        sets={
            "closing_note": reason,
            "ended_at": now,
            "ended_by": actor,
            "held_at": None,
            "held_by": None,
            "hold_reason": "",
        },
        says={"reason": reason},
        writes=partial(task_rows.cancel, change, actor=actor, now=now) if facts.tasks else tuple,
    )
    return change
