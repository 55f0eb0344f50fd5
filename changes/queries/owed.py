"""What changes owe after an emergency; see Note [Clocks that bite] in `changes.policies.owed`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet

from changes.models import Change, Requirement, Vote
from changes.policies.facts import OverdueReview
from changes.policies.owed import WITHIN, Duty, Owes, due, duties
from changes.queries.agreement import involved_in, need_of, who_could
from changes.queries.refs import number_of
from changes.states import Kind

NAMED = 6
SINCE = {Owes.VOTES: "broke_glass_at", Owes.REVIEW: "finished_at"}
_OPEN = {
    Owes.VOTES: Q(broke_glass_at__isnull=False, retroactively_approved_at__isnull=True),
    Owes.REVIEW: (Q(kind=str(Kind.EMERGENCY)) | Q(unauthorised_at__isnull=False))
    & Q(finished_at__isnull=False, reviewed_at__isnull=True),
}


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that runs on a change."""

    change: Change
    duty: Duty


def owing(owes: Owes) -> QuerySet[Change]:
    """The changes that owe this."""
    return Change.objects.filter(_OPEN[owes])


def of_change(change: Change) -> list[Duty]:
    """What one change still owes."""
    return list(
        duties(
            ref=change.ref,
            kind=change.kind,
            broke_glass_at=change.broke_glass_at,
            retroactively_approved_at=change.retroactively_approved_at,
            finished_at=change.finished_at,
            reviewed_at=change.reviewed_at,
            unauthorised=change.unauthorised_at is not None,
        )
    )


def running(*, limit: int) -> list[Running]:
    """Every clock that runs, the first due first. One statement."""
    rows = (
        Change.objects.filter(_OPEN[Owes.VOTES] | _OPEN[Owes.REVIEW])
        .select_related("service")
        .order_by("id")
    )
    found = [Running(row, duty) for row in rows[: 4 * limit] for duty in of_change(row)]
    return sorted(found, key=lambda one: (one.duty.due_at, one.change.pk))[:limit]


def overdue(*, services: Sequence[int], now: datetime) -> dict[int, tuple[OverdueReview, ...]]:
    """What is overdue on each of these services, by key. One statement."""
    late = [
        _OPEN[owes] & Q(**{f"{SINCE[owes]}__lt": now - WITHIN[owes]})
        for owes in (Owes.VOTES, Owes.REVIEW)
    ]
    found: dict[int, tuple[OverdueReview, ...]] = {}
    for row in Change.objects.filter(late[0] | late[1], service__in=services).order_by("id"):
        told = (
            OverdueReview(duty.ref, duty.due_at, str(duty.owes))
            for duty in of_change(row)
            if duty.is_overdue(now)
        )
        found[row.service_id] = (*found.get(row.service_id, ()), *told)
    return found


def told(rows: Iterable[tuple[int, str, str]] | None) -> tuple[OverdueReview, ...]:
    """From the statement of the facts: number, what is owed, and since when in RFC 3339."""
    found = (
        due(f"CHG-{number}", Owes(owes), since=datetime.fromisoformat(since))
        for number, owes, since in rows or ()
    )
    return tuple(OverdueReview(one.ref, one.due_at, str(one.owes)) for one in found)


def named(reviews: Sequence[OverdueReview], *, now: datetime) -> tuple[OverdueReview, ...]:
    """The same, with the people who could give what is owed. Statements only where there is any."""
    return tuple(replace(one, people=_people(one, now=now)) for one in reviews)


def _people(review: OverdueReview, *, now: datetime) -> tuple[str, ...]:
    related = ("service__owner_team", "incident__commander", "author")
    change = Change.objects.select_related(*related).get(pk=number_of(review.ref))
    if review.owes == Owes.REVIEW:
        return (change.author.username,)
    return tuple(sorted(could_vote(change, now=now)))[:NAMED]


def could_vote(change: Change, *, now: datetime) -> set[str]:
    """Who could give a vote that a change owes at `now`, by username. A few statements."""
    rows = Requirement.objects.filter(change=change, round=change.approval_round)
    commander = change.incident.commander if change.incident else None
    could = who_could(
        [need_of(row) for row in rows],
        team=change.service.owner_team.slug,
        commander=commander.username if commander else "",
        involved=involved_in(change),
        now=now,
    )
    votes = Vote.objects.filter(change=change, round=change.approval_round)
    spoken = votes.values_list("voter__username", "on_behalf_of__username")
    voted = {name for names in spoken for name in names}
    return {name for names in could.vote.values() for name in names} - voted
