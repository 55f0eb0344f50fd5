"""What an approver needs to see of one change before voting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.models import User
from changes import policies
from changes.models import Change
from changes.policies.conflicts import Group, grouped
from changes.policies.periods import planned_period_meets_no_freeze
from changes.policies.work_facts import TaskFacts
from changes.queries.evidence import evidence
from changes.queries.neighbours import dependents
from changes.queries.whole import Whole, whole
from changes.risk import Risk
from changes.shown.beside import ShownCheck, checks
from changes.shown.plan import Plan, plan
from changes.shown.requirements import Requirement, candidates, requirements
from changes.shown.timeline import Line, lines
from ledger.decision import Decision, Reason

NEWEST_EVENTS = 60


@dataclass(frozen=True, slots=True)
class Desk:
    """One change on the desk of one approver; `vote` says whether they may vote, or why not.

    `risk_now` is the risk as it would be counted now, where that is another than the one kept.
    """

    change: Change
    vote: Decision
    affected: list[str]
    dependents: list[str]
    conflicts: list[Group]
    freezes: list[Reason]
    plan: Plan
    requirements: list[Requirement]
    checks: list[ShownCheck]
    tasks: Sequence[TaskFacts]
    events: list[Line]
    earlier_events: int
    risk_now: Risk | None

    @property
    def asking(self) -> bool:
        """Whether people are still asked for votes."""
        return self.change.ended_at is None

    @property
    def impact(self) -> str:
        """`payments-api is tier 1; checkout and refunds depend on it.`"""
        service = self.change.service
        count = len(self.dependents)
        needed = f"{count} {'service depends' if count == 1 else 'services depend'} on it"
        named = f": {', '.join(self.dependents)}" if count else ""
        return f"{service.slug} is tier {service.tier}; {needed}{named}."


def desk(*, ref: str, reader: User, now: datetime) -> Desk:
    """The change as `reader` sees it, in a fixed number of statements. Raises `NoSuchChange`."""
    found = whole(ref=ref, actor=reader, now=now)
    change, facts = found.change, found.facts
    behind = evidence(change, newest=NEWEST_EVENTS)
    return Desk(
        change=change,
        vote=policies.may("vote", facts, now=now),
        affected=found.affected,
        dependents=dependents(change=change),
        conflicts=grouped(
            found.conflicts, service=change.service.slug, environment=change.environment.slug
        ),
        freezes=list(planned_period_meets_no_freeze(facts, now)),
        plan=plan(change, found.votes, behind.versions, reader=reader.username),
        requirements=_requirements(found, now=now),
        checks=checks(facts.required_checks, found.checks),
        tasks=facts.tasks,
        events=lines(behind.events),
        earlier_events=behind.earlier_events,
        risk_now=found.reweighed,
    )


def _requirements(found: Whole, *, now: datetime) -> list[Requirement]:
    """Each requirement with its votes and who could still fill it, until the end."""
    change, facts = found.change, found.facts
    people = candidates(facts, change=change, now=now)
    return requirements(facts, found.votes, turn=change.approval_round, could=people)
