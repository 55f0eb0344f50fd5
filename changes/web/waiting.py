"""What waits for whoever reads home: votes, reviews, drafts, and what is overdue. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from changes.models import Change, Override, Task, TemplateVersion
from changes.policies import filling
from changes.policies.approvals import RETROACTIVE_WITHIN
from changes.policies.facts import Need
from changes.policies.owed import Owes
from changes.queries import owed
from changes.queries.home import Own, Wanted
from changes.states import NOT_STARTED, Kind, State

TONES: Final = ("stop", "wait", "plain")
STARTED: Final = (State.IMPLEMENTING, State.VALIDATING)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do about a change, as the page shows it."""

    ref: str
    title: str
    what: str
    tone: str
    url: str
    due: datetime | None = None


def waiting(
    wanted: Iterable[Wanted],
    own: Iterable[Own],
    overrides: Iterable[tuple[Override, str]] = (),
    tasks: Iterable[Task] = (),
    proposals: Iterable[TemplateVersion] = (),
    *,
    now: datetime,
) -> list[Item]:
    """Everything that waits, the gravest first and then what is due first."""
    items = [
        *(item for one in wanted if (item := _vote(one, now=now))),
        *(item for one in own if (item := _own(one, now=now))),
        *(_override(row, verb, now=now) for row, verb in overrides),
        *(_task(row, now=now) for row in tasks),
        *map(_proposal, proposals),
    ]
    return sorted(items, key=_urgency)


def _override(row: Override, verb: str, *, now: datetime) -> Item:
    """An override that the reader could confirm, or should review."""
    url = row.get_absolute_url()
    if verb == "confirm":
        what = f"Your word as the second person on an override of {', '.join(row.names)}"
        return Item(row.ref, row.place, what, "wait", url, row.expires_at)
    due = row.review_due_at
    tone = "stop" if due and due <= now else "wait"
    return Item(row.ref, row.place, "A review of an override", tone, url, due)


def _proposal(row: TemplateVersion) -> Item:
    """A proposal of somebody else that the reader may approve."""
    template = row.template
    what = "A standard template to approve, or to send back"
    return Item(template.slug, template.name, what, "wait", template.get_absolute_url())


def _task(task: Task, *, now: datetime) -> Item:
    """A task that was given to the reader."""
    change, due = task.change, task.planned_end_at or task.change.planned_end_at
    what = f"Task {task.number}: {task.title}"
    begun = task.planned_start_at is None or task.planned_start_at <= now
    tone = "stop" if due and due <= now else "wait" if begun else "plain"
    return _item(change, what, tone, due, at=f"task-{task.number}")


def _vote(wanted: Wanted, *, now: datetime) -> Item | None:
    """The vote that is wanted, named by what it still fills; None where others have filled that."""
    change = wanted.change
    people = {
        vote.voter: vote.authorities
        for vote in wanted.votes
        if vote.decision == "approve" and vote.plan_digest == change.plan_digest
    }
    filled = filling.fill(wanted.needs, people)
    short = filling.missing(wanted.needs, filled)
    asked = filling.asked(wanted.needs, filled)
    open_to_me = [_as(need, wanted) for need, _ in short if need in asked and _mine(need, wanted)]
    if not open_to_me:
        return None
    words = " or ".join(dict.fromkeys(open_to_me))
    due, what = change.planned_start_at, f"Your vote as {words}"
    if change.broke_glass_at:
        due = change.broke_glass_at + RETROACTIVE_WITHIN
        what += ", owed since the glass was broken"
    return _item(change, what, "stop" if due and due <= now else "wait", due, at="vote")


def _mine(need: Need, wanted: Wanted) -> bool:
    return bool(need.keys & (wanted.mine | wanted.for_others.keys()))


def _as(need: Need, wanted: Wanted) -> str:
    who = f"one of those named in “{need.rule}”" if need.people else need.asks
    if need.keys & wanted.mine:
        return who
    other = next(wanted.for_others[key] for key in sorted(need.keys) if key in wanted.for_others)
    return f"{who} for {other}"


def _own(own: Own, *, now: datetime) -> Item | None:
    """What its author or implementer does next; None while it waits for others."""
    change = own.change
    over = change.planned_end_at is not None and change.planned_end_at <= now
    template = change.template
    if template is not None and template.suspended_at and change.state in NOT_STARTED:
        return _item(change, "Its template is suspended: file it as normal, or wait", "stop")
    if change.held_at is not None:
        return _item(change, "On hold: resume it, or cancel it", "wait")
    match change.state:
        case State.PLANNING if own.rejected:
            return _item(change, "Rejected: change the plan and submit it again", "stop")
        case State.PLANNING if over:
            return _item(change, "A draft for a time that has passed", "wait", at="when")
        case State.PLANNING:
            return _item(change, "A draft: submit it", "plain", change.planned_start_at)
        case State.AWAITING_APPROVAL if over:
            return _item(change, "Not approved in time: plan it anew", "stop")
        case State.SCHEDULED if over:
            return _item(change, "Never started: plan it anew, or cancel it", "stop")
        case State.SCHEDULED if change.planned_start_at and change.planned_start_at <= now:
            return _item(
                change, "Its planned time has come: start it", "wait", change.planned_end_at
            )
        case State.IMPLEMENTING if over:
            return _item(
                change,
                "Past its planned end: finish it, or roll it back",
                "stop",
                change.planned_end_at,
            )
        case State.VALIDATING if _owes_review(change):
            whose = "A review by your team" if own.of_team else "Your review"
            due = next((d.due_at for d in owed.of_change(change) if d.owes is Owes.REVIEW), None)
            return _item(change, whose, "stop" if due and due < now else "wait", due)
        case State.VALIDATING:
            return _item(change, "Validated? Close it", "wait")
    return None


def _owes_review(change: Change) -> bool:
    unusual = change.kind == Kind.EMERGENCY or change.rolled_back_at is not None
    return unusual and change.reviewed_at is None


def _item(
    change: Change, what: str, tone: str, due: datetime | None = None, *, at: str = ""
) -> Item:
    url = f"{change.get_absolute_url()}{f'#{at}' if at else ''}"
    return Item(change.ref, change.title, what, tone, url, due)


def _urgency(item: Item) -> tuple[int, bool, float, str]:
    due = item.due.timestamp() if item.due else 0.0
    return TONES.index(item.tone), item.due is None, due, item.ref
