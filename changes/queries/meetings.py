"""Reads of meetings: boards, agendas, and what the votes on an item have come to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch, Q, QuerySet

from catalog.models import User
from catalog.roles import AUDITORS, CAB, CHANGE_MANAGERS, roles_of
from changes.models import AgendaItem, Board, Change, Meeting, Minute, Requirement, Vote
from changes.policies import filling, meetings
from changes.policies.facts import Authority, Need
from changes.policies.meetings import Asker, Item, Session, Standing
from changes.queries.agreement import need_of
from changes.queries.voting import approving
from changes.states import State
from changes.windows import Effect, Interval, Recurrence
from changes.windows.recurrence import intervals
from ledger.decision import Decision

AHEAD = timedelta(days=21)
LISTED = 25
OVER = (Meeting.State.ENDED, Meeting.State.MISSED)
RISKS = ("low", "medium", "high")
OF_CAB = (Authority.CAB, Authority.ECAB)


class NoSuchMeeting(LookupError):
    """No meeting has this ref, or none such an item."""

    def __init__(self, ref: str) -> None:
        super().__init__(f"There is no meeting {ref}.")


@dataclass(frozen=True, slots=True)
class Shown:
    """An item with what its votes have come to."""

    row: AgendaItem
    facts: Item
    votes: tuple[Vote, ...]


def key_of(ref: str) -> int:
    """7 for `MTG-7`; raises `NoSuchMeeting`."""
    kind, _, number = ref.strip().upper().partition("-")
    if kind != "MTG" or not (number.isascii() and number.isdecimal()) or len(number) > 17:
        raise NoSuchMeeting(ref)
    return int(number)


def by_ref(ref: str, *, lock: bool = False) -> Meeting:
    """The meeting with its board; raises `NoSuchMeeting`."""
    rows = Meeting.objects.select_related("board__group", "board__chair")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(pk=key_of(ref)).first()
    if found is None:
        raise NoSuchMeeting(ref)
    return found


def item_of(meeting: Meeting, change: str) -> Shown:
    """The item of a change on the agenda; raises `NoSuchMeeting`."""
    found = next((one for one in agenda(meeting) if one.row.change.ref == change.upper()), None)
    if found is None:
        raise NoSuchMeeting(f"{meeting.ref} with {change}")
    return found


def agenda(meeting: Meeting) -> list[Shown]:
    """The items in their order, with minutes, requirements and votes. Four statements."""
    requirements = Requirement.objects.order_by("id")
    votes = Vote.objects.select_related("voter").order_by("id")
    rows = (
        meeting.items.select_related(
            "change__service", "change__environment", "change__author", "added_by", "decided_by"
        )
        .order_by("position", "id")
        .prefetch_related(
            Prefetch("change__requirements", requirements),
            Prefetch("change__votes", votes),
            Prefetch("minutes", Minute.objects.select_related("written_by").order_by("id")),
        )
    )
    return [_shown(row, meeting.board) for row in rows]


def _shown(row: AgendaItem, board: Board) -> Shown:
    change = row.change
    votes = tuple(vote for vote in change.votes.all() if vote.round == row.round)
    needs = tuple(need_of(one) for one in change.requirements.all() if one.round == row.round)
    standing, missing = _standing(change, row, _of_board(needs, board), needs, votes)
    facts = Item(
        row.ref,
        change.ref,
        outcome=row.outcome,
        is_begun=row.started_at is not None,
        standing=standing,
        missing=missing,
    )
    return Shown(row, facts, votes)


def _standing(
    change: Change,
    row: AgendaItem,
    own: tuple[Need, ...],
    needs: tuple[Need, ...],
    votes: tuple[Vote, ...],
) -> tuple[Standing, tuple[str, ...]]:
    """What the votes of the item's round came to, and what the board still owes."""
    if any(vote.decision == Vote.Word.REJECT for vote in votes):
        return Standing.REJECTED, ()
    if change.approval_round != row.round or change.state in (State.PLANNING, State.CANCELLED):
        return Standing.WITHDRAWN, ()
    if change.state != State.AWAITING_APPROVAL and not change.broke_glass_at:
        return Standing.APPROVED, ()
    wanted = own or needs
    lacking = filling.missing(wanted, filling.fill(wanted, approving(change, votes)))
    if wanted and not lacking:
        return Standing.APPROVED, ()
    return Standing.OPEN, tuple(
        f"{count} vote{'s' if count > 1 else ''} of {need.who}" for need, count in lacking
    )


def _of_board(needs: tuple[Need, ...], board: Board) -> tuple[Need, ...]:
    """Those of the needs that members of the board fill."""
    name = board.group.name
    return tuple(
        need
        for need in needs
        if (need.authority is Authority.GROUP and need.group == name)
        or (name == CAB and need.authority in OF_CAB)
    )


def asker(user: User, board: Board) -> Asker:
    """Who asks, as the rules look at them. One statement."""
    roles = roles_of(user)
    return Asker(
        user.username,
        is_active=user.is_active,
        is_robot=user.is_robot,
        is_auditor=AUDITORS in roles,
        is_manager=user.is_superuser or CHANGE_MANAGERS in roles,
        is_member=user.groups.filter(pk=board.group_id).exists(),
    )


def is_ready(item: Shown) -> bool:
    """Whether an item can be completed without a word."""
    return not item.facts.outcome and item.facts.standing is Standing.APPROVED


def session_of(row: Meeting, items: Sequence[Shown] = ()) -> Session:
    """A meeting as the rules look at it, with what they need to know of its `items`."""
    chair = row.board.chair
    return Session(
        row.ref,
        row.state,
        row.starts_at,
        row.closes_at,
        row.board.time_zone,
        chair=chair.username if chair is not None and chair.is_active else "",
        ready=sum(map(is_ready, items)),
    )


def decisions(
    row: Meeting, *, actor: User, now: datetime, items: list[Shown]
) -> tuple[dict[str, Decision], dict[int, dict[str, Decision]]]:
    """What may be said of a meeting, and of each item by its key. One statement."""
    session, who = session_of(row, items), asker(actor, row.board)
    of_meeting = {verb: meetings.may(verb, session, who, now=now) for verb in meetings.OF_MEETING}
    of_items = {
        one.row.pk: {
            verb: meetings.may(verb, session, who, now=now, item=one.facts)
            for verb in meetings.OF_ITEM
        }
        for one in items
    }
    return of_meeting, of_items


def members(board: Board) -> list[User]:
    """Active people of the board's group, by name."""
    people = User.objects.filter(groups=board.group_id, is_active=True, is_robot=False)
    return list(people.order_by("username"))


def times(board: Board, *, after: datetime, until: datetime) -> Iterator[Interval]:
    """When a board meets, beginning after one instant and up to another."""
    recurs = Recurrence(board.recurrence, board.first_date, board.start_time, board.duration)
    within = Interval(after, until)
    for one in intervals(recurs, within, zone=board.time_zone, effect=Effect.MAINTENANCE):
        if after < one.starts_at <= until:
            yield one


def matching(board: Board, *, starts_at: datetime, limit: int) -> list[Change]:
    """Changes that wait for approval and that the board looks at, the first planned first."""
    risks = RISKS[RISKS.index(board.risk_at_least) :]
    rows = Change.objects.filter(
        state=str(State.AWAITING_APPROVAL),
        risk_level__in=risks,
        planned_start_at__lt=starts_at + timedelta(days=board.within_days),
        held_at__isnull=True,
    )
    for column, wanted in (
        ("kind__in", board.kinds),
        ("environment__slug__in", board.environments),
        ("service__owner_team__slug__in", board.teams),
    ):
        if wanted:
            rows = rows.filter(**{column: wanted})
    return list(rows.order_by("planned_start_at", "id")[:limit])


def standing_ahead(row: Meeting) -> set[int]:
    """Keys of changes that stand on this agenda, or undecided on another one of the board."""
    items = AgendaItem.objects.filter(meeting__board=row.board_id)
    elsewhere = Q(outcome="") & ~Q(meeting__state__in=OVER)
    return set(items.filter(Q(meeting=row) | elsewhere).values_list("change", flat=True))


def listed() -> QuerySet[Meeting]:
    """Meetings, those ahead first, then the newest."""
    return Meeting.objects.select_related("board__chair").order_by("-starts_at")
