"""From planning to implementation: submit, revise, start, retry, break glass, hold, resume."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import transaction

from catalog.models import User
from changes.lifecycle import check_runs, rollouts, task_rows, telling
from changes.lifecycle.asking import could_vote, require, told_of
from changes.lifecycle.fields import demand_text
from changes.lifecycle.moving import locked_facts, move
from changes.lifecycle.weighing import WEIGHED, weigh, weight_of
from changes.models import Change, Check, PlanVersion, Requirement, RolloutStep
from changes.policies import Facts
from changes.queries import facts as gathered
from changes.queries.agreement import for_planning
from changes.queries.rows import Beside
from changes.states import State

LAPSED: Final = "It is deployed again: to be reported anew."


@transaction.atomic
def submit(*, ref: str, actor: User, now: datetime) -> Change:
    """Ask for approval. Requirements are kept as the rules ask now.

    A standard change needs none and is scheduled at once.
    """
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    written = weight_of(change)
    planning = _as_it_stands(change, facts, now=now) if facts.state is State.PLANNING else facts
    turn = change.approval_round + 1
    move(
        change,
        "submit",
        facts=planning,
        actor=actor,
        now=now,
        sets={
            "approval_round": turn,
            "submitted_at": now,
            "team": change.team,
            **({"template_version": planning.template.version} if planning.template else {}),
            **{name: getattr(change, name) for name in WEIGHED},
        },
        says={
            "round": turn,
            "plan_digest": change.plan_digest,
            "risk": weight_of(change),
            "requirements": [told_of(need) for need in planning.needs],
        },
        writes=partial(_require, change, turn, planning, written=written, now=now),
    )
    if planning.needs:
        telling.ask_for_votes(change, could_vote(planning), actor=actor, now=now)
    else:
        scheduled = gathered.of_change(change_id=change.pk, actor=actor, now=now)
        approve(change, facts=scheduled, actor=actor, now=now)
    return change


def _require(
    change: Change, turn: int, facts: Facts, *, written: dict[str, Any], now: datetime
) -> list[Requirement | PlanVersion]:
    """The requirements, and the plan's version where it was `written` with another risk."""
    asked: list[Requirement | PlanVersion] = list(require(change, facts.needs, turn=turn, now=now))
    if weight_of(change) == written:
        return asked
    plan = PlanVersion.objects.get(change=change, version=change.plan_version)
    plan.risk = weight_of(change)
    plan.save(update_fields=["risk"])
    return [*asked, plan]


def _as_it_stands(change: Change, facts: Facts, *, now: datetime) -> Facts:
    """The facts with risk, team and approval rules of now: all may differ from the last edit's."""
    weigh(change)
    if change.team.slug != facts.team:
        change.team = change.service.owner_team
    weighed = replace(facts, risk_level=change.risk_level, risk_score=change.risk_score)
    return for_planning(weighed, change=change, now=now)


def approve(change: Change, *, facts: Facts, actor: User, now: datetime) -> None:
    """Schedule a locked change whose requirements are filled; said by votes, never by a person."""
    agreed = {"takes_back": facts.rollback.cause} if facts.rollback and not facts.needs else {}
    move(
        change, "approve", facts=facts, actor=actor, now=now, sets={"approved_at": now}, says=agreed
    )


@transaction.atomic
def revise(*, ref: str, actor: User, now: datetime, note: str = "") -> Change:
    """Take a submitted or scheduled change back to planning. Its votes lapse."""
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    back_to_planning(change, facts=facts, actor=actor, now=now, says={"note": note})
    return change


def back_to_planning(
    change: Change,
    *,
    facts: Facts,
    actor: User,
    now: datetime,
    says: dict[str, object],
    written: Sequence[Beside] = (),
) -> None:
    """Revise a locked change beside which a new plan is `written`; see Note [Votes lapse on edit]
    in `drafts`."""
    move(
        change,
        "revise",
        facts=facts,
        actor=actor,
        now=now,
        sets={"submitted_at": None, "approved_at": None},
        says={**says, "votes_lapsed": [vote.voter for vote in facts.votes]},
        writes=lambda: written,
    )
    telling.tell_that_votes_lapsed(change, facts, actor=actor, now=now)


@transaction.atomic
def start(*, ref: str, actor: User, now: datetime) -> Change:
    """Begin implementing."""
    change, facts = locked_facts(ref=ref, actor=actor, now=now, and_environment=True)
    move(
        change,
        "start",
        facts=facts,
        actor=actor,
        now=now,
        sets={"started_at": now, "started_by": actor},
    )
    return change


@transaction.atomic
def retry(*, ref: str, actor: User, now: datetime) -> Change:
    """Implement again what failed; see Note [Begun anew] in `changes.policies.retrying`.

    It is not younger for that: `started_at` stays, for what it did then it may have caused.
    """
    change, facts = locked_facts(ref=ref, actor=actor, now=now, and_environment=True)
    passed = sorted(check.name for check in facts.checks if check.passed)
    move(
        change,
        "retry",
        facts=facts,
        actor=actor,
        now=now,
        sets={"finished_at": None},
        says={"checks_lapsed": passed} if passed else {},
        writes=partial(_lapsed, change, facts, passed, actor=actor, now=now),
    )
    check_runs.cancel(change, facts, now=now)
    return change


def _lapsed(
    change: Change, facts: Facts, passed: list[str], *, actor: User, now: datetime
) -> list[RolloutStep | Check]:
    """What was seen of the deployment that failed, and says nothing of the next: it is written."""
    ended: list[RolloutStep | Check] = [*rollouts.begin_anew(change, facts, now=now)]
    for name in passed:
        told = {"passed": False, "detail": LAPSED, "reported_by": actor, "reported_at": now}
        ended.append(Check.objects.create(change=change, name=name, **told))
    return ended


@transaction.atomic
def break_glass(*, ref: str, reason: str, actor: User, now: datetime) -> Change:
    """Start an emergency change before its votes are in. They are due within 24 hours."""
    demand_text("reason", reason, "Say why this cannot wait for the emergency CAB.")
    change, facts = locked_facts(ref=ref, actor=actor, now=now, and_environment=True)
    move(
        change,
        "break_glass",
        facts=facts,
        actor=actor,
        now=now,
        sets={
            "started_at": now,
            "started_by": actor,
            "broke_glass_at": now,
            "broke_glass_by": actor,
        },
        says={"reason": reason},
    )
    return change


@transaction.atomic
def hold(*, ref: str, reason: str, actor: User, now: datetime) -> Change:
    """Stop a change from moving until it is resumed."""
    demand_text("reason", reason, "Say why it must wait, and for what.")
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    move(
        change,
        "hold",
        facts=facts,
        actor=actor,
        now=now,
        sets={"held_at": now, "held_by": actor, "hold_reason": reason},
        says={"reason": reason},
        writes=partial(task_rows.hold, change) if facts.tasks else tuple,
    )
    return change


@transaction.atomic
def resume(*, ref: str, actor: User, now: datetime, note: str = "") -> Change:
    """Let a held change move again."""
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    move(
        change,
        "resume",
        facts=facts,
        actor=actor,
        now=now,
        sets={"held_at": None, "held_by": None, "hold_reason": ""},
        says={"note": note},
        writes=partial(task_rows.resume, change) if facts.tasks else tuple,
    )
    return change
