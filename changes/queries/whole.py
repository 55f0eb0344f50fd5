"""One change with everything people and programs look at."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from catalog import statements
from catalog.models import User
from catalog.prepared import Prepared
from changes.models import Change, Check, Override, Vote
from changes.policies import Facts, filling, may
from changes.policies.conflicts import Met
from changes.policies.facts import Need
from changes.queries import conflicts, overrides, risks
from changes.queries import facts as gathered
from changes.queries.agreement import for_planning
from changes.queries.lowering import Lower, locked_by, lower
from changes.queries.refs import placed, with_people
from changes.risk import Risk, assess
from changes.states import MOVES, NOT_STARTED, Outcome, State
from ledger.decision import Decision

PEOPLE = (
    "author",
    "last_editor",
    "implementer",
    "held_by",
    "started_by",
    "broke_glass_by",
    "reviewed_by",
    "ended_by",
)
_VOTES = Prepared(
    Vote,
    "voter",
    "on_behalf_of",
    where="t.change_id = %(change)s::bigint",
    ending="ORDER BY t.id",
)
_CHECKS = Prepared(
    Check,
    "reported_by",
    where="""t.id IN (SELECT DISTINCT ON (name) id FROM changes_check
        WHERE change_id = %(change)s::bigint ORDER BY name, id DESC)""",
    ending="ORDER BY t.name",
)
_BESIDE = """
SELECT ARRAY(SELECT s.slug::text FROM changes_change_also_affects a
        JOIN catalog_service s ON s.id = a.service_id
        WHERE a.change_id = %(change)s::bigint ORDER BY s.slug),
    EXISTS (SELECT FROM changes_override WHERE change_id = %(change)s::bigint)
"""
VERBS = (
    "edit",
    "submit",
    "revise",
    "vote",
    "start",
    "break_glass",
    "finish",
    "retry",
    "roll_back",
    "check",
    "review",
    "close",
    "cancel",
    "hold",
    "resume",
)


@dataclass(frozen=True, slots=True)
class Whole:
    """A change, its facts as somebody sees them, the votes of all rounds, each check's last report.

    `affected` are the slugs of the services it also affects; `conflicts` the changes that meet it;
    `overrides` those there ever were. Before it has started, `risk` is that of now, which
    may differ from the one kept, and `lower` what would lower it.
    """

    change: Change
    facts: Facts
    affected: list[str]
    votes: list[Vote]
    checks: list[Check]
    conflicts: list[Met]
    overrides: list[Override]
    risk: Risk | None = None
    lower: tuple[Lower, ...] = ()

    @property
    def reweighed(self) -> Risk | None:
        """The risk of now, where it is another than the one kept."""
        return self.risk if self.risk and self.risk.score != self.change.risk_score else None


def whole(*, ref: str, actor: User, now: datetime) -> Whole:
    """Everything about a change, in five statements; one more each where it has votes, checks or
    overrides, one or two more before it starts, to weigh it anew, and more in planning, to say who
    could approve.

    Raises `NoSuchChange`.
    """
    return whole_of(placed(ref=ref), actor=actor, now=now)


def whole_of(change: Change, *, actor: User, now: datetime) -> Whole:
    """`whole` of a change that has been read already, with its place, as it stands now."""
    with_people(change, PEOPLE, known=actor)
    facts = gathered.of(change, actor=actor, now=now)
    if facts.state is State.PLANNING:
        facts = for_planning(facts, change=change, now=now)
    ((affected, was_overridden),) = statements.fetched(_BESIDE, {"change": change.pk})
    return Whole(
        change,
        facts,
        affected=affected,
        votes=_VOTES.rows(change=change.pk) if facts.votes or change.approval_round > 1 else [],
        checks=_CHECKS.rows(change=change.pk) if facts.checks else [],
        conflicts=conflicts.of_change(change),
        overrides=overrides.of_change(change) if was_overridden else [],
        **_weighed(change, facts, now=now),
    )


def _weighed(change: Change, facts: Facts, *, now: datetime) -> dict[str, Any]:
    if facts.state not in NOT_STARTED:
        return {}
    at = change.circumstances or risks.circumstances(change)
    newest = assess(at)
    facts = replace(facts, risk_level=str(newest.level), risk_score=newest.score)
    return {
        "risk": newest,
        "lower": lower(at, facts, now=now, locked=locked_by(change.template)),
    }


def decisions(facts: Facts, *, now: datetime) -> dict[str, Decision]:
    """For every verb somebody may say, whether they may now, and why not."""
    return {verb: _decision(verb, facts, now=now) for verb in VERBS}


def requirements(facts: Facts) -> list[tuple[Need, list[str]]]:
    """Each requirement of the round, with the usernames that fill it."""
    return list(zip(facts.needs, filling.approvals(facts), strict=True))


def _decision(verb: str, facts: Facts, *, now: datetime) -> Decision:
    """A change can close when any outcome lets it; else what a successful one would be told."""
    if verb != "close":
        return may(verb, facts, now=now)
    tried = (may(verb, replace(facts, outcome=outcome), now=now) for outcome in Outcome)
    first = next(tried)
    if first.allowed or facts.state not in MOVES["close"].sources:
        return first
    return next((decision for decision in tried if decision.allowed), first)
