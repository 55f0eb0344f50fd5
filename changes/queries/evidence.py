"""What stands behind a change: plans word for word, deployments, timeline, and who could agree."""

from dataclasses import dataclass, replace
from datetime import datetime

from changes.models import Change, Deployment, PlanVersion
from changes.policies import Facts, tasks
from changes.queries.agreement import Could, involved_in, who_could
from ledger import timeline
from ledger.models import Event


@dataclass(frozen=True, slots=True)
class Evidence:
    """Rows in the order they came about. `earlier_events` counts those of the timeline left out."""

    versions: list[PlanVersion]
    deployments: list[Deployment]
    events: list[Event]
    earlier_events: int


def evidence(change: Change, *, newest: int | None = None) -> Evidence:
    """Three statements, four where only the `newest` events are wanted.

    The timeline holds every event that happened to the change or names it, as the gate's do.
    """
    about = timeline.about(ref=change.ref)
    events = list(about.reverse()[:newest]) if newest else list(about)
    if newest:
        events.reverse()
    full = newest is None or len(events) < newest
    return Evidence(
        list(change.plan_versions.select_related("written_by").order_by("version")),
        list(change.deployments.select_related("reported_by").order_by("id")),
        events,
        earlier_events=0 if full else about.count() - len(events),
    )


def last_position(*, ref: str) -> int:
    """The position of the newest event of a change; 0 before its first."""
    last = timeline.events_of(subject=ref).order_by("-position").values_list("position", flat=True)
    return last.first() or 0


def events_since(*, ref: str, position: int) -> list[Event]:
    """What happened to a change after its event at `position`, oldest first."""
    return list(timeline.events_of(subject=ref).filter(position__gt=position))


def could_fill(facts: Facts, *, change: Change, now: datetime) -> Could:
    """Who could still vote at `now`, and who is on leave; a statement for each authority.

    Author, last editor and implementers do not count, nor does who has voted in this round.
    """
    voted = {name for vote in facts.votes for name in (vote.voter, vote.on_behalf_of)}
    commander = facts.incident.commander if facts.incident else ""
    could = who_could(
        facts.needs,
        team=facts.team,
        commander=commander,
        involved=involved_in(change),
        besides=tasks.implementers(facts),
        now=now,
    )
    return replace(could, vote={key: names - voted for key, names in could.vote.items()})
