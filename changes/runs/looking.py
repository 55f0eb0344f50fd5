"""Looking for a change as a tool does that asks whether it may go on by what it sees.

What is looked for by its ref, or by the run it is for, is asked about at the gate, which records
its answer: the tool deploys by it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from catalog.models import User
from changes import gate
from changes.models import Change, DoorRun, Requirement
from changes.policies.reach import Reach
from changes.queries import NoSuchChange, by_ref
from changes.runs.planning import missing
from changes.runs.run import NotMapped, Run, place_of
from changes.states import FINAL, State
from ledger.decision import Reason

JOINED = ("service", "environment", "team", "author", "implementer", "template")
ASKED_ABOUT = frozenset({State.SCHEDULED, State.IMPLEMENTING})


@dataclass(frozen=True, slots=True)
class Seen:
    """A change as it is seen now: whether the gate would let it go, and if not, why.

    `waits_for` are the authorities whose votes its round asks for.
    """

    change: Change
    may_go: bool
    reasons: tuple[Reason, ...] = ()
    waits_for: tuple[str, ...] = ()


def see(ref: str, *, actor: User, now: datetime, reach: Reach) -> Seen:
    """The change of a ref; raises `NoSuchChange`, also for one beyond reach."""
    change = by_ref(ref=ref)
    place = change.environment.slug
    if not reach.covers(service=change.service.slug, team=change.team.slug, environment=place):
        raise NoSuchChange(ref)
    return _seen(change, revision="", run_id="", actor=actor, now=now, reach=reach)


def see_run(run: Run, *, title: str, actor: User, now: datetime, reach: Reach) -> list[Seen]:
    """The open change that a run asked for, or that somebody filed under its title; none where the
    run's place is not mapped within reach.
    """
    try:
        mapping = place_of(run, reach=reach)
    except NotMapped:
        return []
    here = Change.objects.filter(service=mapping.service, environment=mapping.environment)
    open_here = here.exclude(state__in=[str(state) for state in FINAL]).select_related(*JOINED)
    asked = DoorRun.objects.filter(build_key=run.build_key).values("change")
    found = open_here.filter(pk__in=asked).order_by("-pk").first()
    found = found or open_here.filter(title=title).order_by("-pk").first()
    if found is None:
        return []
    return [
        _seen(found, revision=run.revision, run_id=run.build, actor=actor, now=now, reach=reach)
    ]


def newest(*, reach: Reach, limit: int) -> list[Seen]:
    """The newest changes within reach; the gate is not asked, so none of them may go."""
    rows = Change.objects.select_related(*JOINED).order_by("-pk")
    if reach.services or reach.teams:
        rows = rows.filter(Q(service__slug__in=reach.services) | Q(team__slug__in=reach.teams))
    if reach.environments:
        rows = rows.filter(environment__slug__in=reach.environments)
    return [Seen(change, may_go=False) for change in rows[:limit]]


def _seen(
    change: Change, *, revision: str, run_id: str, actor: User, now: datetime, reach: Reach
) -> Seen:
    if change.state == State.AWAITING_APPROVAL:
        return Seen(change, may_go=False, waits_for=tuple(_authorities(change)))
    if change.state == State.PLANNING:
        return Seen(change, may_go=False, reasons=missing(change, actor=actor, now=now))
    if change.state not in ASKED_ABOUT:
        return Seen(change, may_go=False)
    question = gate.Question(
        service=change.service.slug,
        environment=change.environment.slug,
        revision=revision,
        change=change.ref,
        run_id=run_id,
    )
    answer = gate.ask(question, actor=actor, now=now, reach=reach)
    return Seen(change, may_go=answer.decision == "allow", reasons=answer.reasons)


def _authorities(change: Change) -> Iterable[str]:
    rows = Requirement.objects.filter(change=change, round=change.approval_round)
    return rows.values_list("authority", flat=True)
