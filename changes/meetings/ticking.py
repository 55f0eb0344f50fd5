"""What the timetable does for meetings: plan them, fill and close agendas, give up missed ones.

# Note [Meetings are rows]
Each board's next meetings are rows from three weeks before they begin, so due times are found in an
index and any number of workers may look: a row is taken with SKIP LOCKED, what is done once finds
nothing to do again, and a meeting that two workers plan at once is one row by its constraint.
"""

from datetime import datetime, timedelta

from django.db import transaction

from changes.meetings.agendas import close, fill
from changes.meetings.holding import settle
from changes.meetings.recording import record
from changes.models import Board, Meeting
from changes.queries import meetings as found

MISSED_AFTER = timedelta(hours=12)
AHEAD = (Meeting.State.FILLING, Meeting.State.CLOSED)


def tick(*, now: datetime, limit: int) -> int:
    """Bring every board and every meeting ahead up to `now`; answers how many it changed."""
    done = sum(plan(board, now=now) for board in _boards())
    ahead = Meeting.objects.filter(state__in=AHEAD).order_by("closes_at")
    for key in list(ahead.values_list("pk", flat=True)[:limit]):
        done += _look_at(key, now=now)
    return done


def plan(board: Board, *, now: datetime) -> int:
    """Make the rows of a board's meetings in the next three weeks; answers how many."""
    made = 0
    wanted = list(found.times(board, after=now, until=now + found.AHEAD))
    known = set(
        board.meetings.filter(starts_at__in=[one.starts_at for one in wanted]).values_list(
            "starts_at", flat=True
        )
    )
    for one in wanted:
        if one.starts_at not in known:
            with transaction.atomic():
                made += plan_one(board, one.starts_at, one.ends_at, now=now) is not None
    return made


def plan_one(
    board: Board, starts_at: datetime, ends_at: datetime, *, now: datetime
) -> Meeting | None:
    """The row of one meeting; None where another worker has made it."""
    row, is_new = Meeting.objects.get_or_create(
        board=board,
        starts_at=starts_at,
        defaults={
            "ends_at": ends_at,
            "closes_at": starts_at - timedelta(hours=board.closes_hours),
        },
    )
    if not is_new:
        return None
    record(row, "planned", actor=None, now=now, says={"starts_at": starts_at, "ends_at": ends_at})
    return row


def _boards() -> list[Board]:
    return list(Board.objects.filter(is_active=True).select_related("group", "chair"))


@transaction.atomic
def _look_at(key: int, *, now: datetime) -> int:
    """Fill, close or give up one meeting; 0 where nothing was to do or another worker has it."""
    rows = Meeting.objects.select_for_update(skip_locked=True, of=("self",))
    row = rows.select_related("board__group", "board__chair").filter(pk=key).first()
    if row is None or row.state not in AHEAD:
        return 0
    if now >= row.ends_at + MISSED_AFTER:
        return _give_up(row, now=now)
    if row.state != Meeting.State.FILLING:
        return 0
    if now >= row.closes_at:
        close(row, actor=None, now=now)
        return 1
    return int(bool(fill(row, now=now)))


def _give_up(row: Meeting, *, now: datetime) -> int:
    """Nobody came: what stands on it goes to the next meeting."""
    row.state = Meeting.State.MISSED
    row.save(update_fields=["state"])
    items = [item for item in found.agenda(row) if not item.facts.outcome]
    refs = [item.change.ref for item in settle(row, items, actor=None, now=now)]
    written = [item.row for item in items]
    says = {"deferred": refs}
    record(row, "missed", actor=None, now=now, says=says, written=written, about=refs)
    return 1
