"""One change with everything people and programs look at."""

from dataclasses import dataclass, replace
from datetime import datetime

from catalog.models import User
from changes.models import Change, Check, Vote
from changes.policies import Facts, filling, may
from changes.policies.facts import Need
from changes.queries import facts as gathered
from changes.queries.agreement import for_planning
from changes.queries.refs import NoSuchChange, number_of
from changes.states import Outcome, State
from ledger.decision import Decision

JOINED = (
    "service",
    "environment",
    "team",
    "template",
    "incident",
    "author",
    "last_editor",
    "implementer",
    "held_by",
    "started_by",
    "broke_glass_by",
    "reviewed_by",
    "ended_by",
)
VERBS = (
    "edit",
    "submit",
    "revise",
    "vote",
    "start",
    "break_glass",
    "finish",
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

    `affected` are the slugs of the services it also affects.
    """

    change: Change
    facts: Facts
    affected: list[str]
    votes: list[Vote]
    checks: list[Check]


def whole(*, ref: str, actor: User, now: datetime) -> Whole:
    """Everything about a change, in five statements; more in planning, to say who could approve.

    Raises `NoSuchChange`.
    """
    change = Change.objects.select_related(*JOINED).filter(pk=number_of(ref)).first()
    if change is None:
        raise NoSuchChange(ref)
    facts = gathered.of_change(change_id=change.pk, actor=actor, now=now)
    if facts.state is State.PLANNING:
        facts = for_planning(facts, change=change)
    checks = Check.objects.filter(change=change).select_related("reported_by")
    return Whole(
        change,
        facts,
        affected=list(change.also_affects.order_by("slug").values_list("slug", flat=True)),
        votes=list(Vote.objects.filter(change=change).select_related("voter").order_by("id")),
        checks=list(checks.order_by("name", "-id").distinct("name")),
    )


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
    tried = [may(verb, replace(facts, outcome=outcome), now=now) for outcome in Outcome]
    return next((decision for decision in tried if decision.allowed), tried[0])
