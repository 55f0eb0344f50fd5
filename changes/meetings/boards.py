"""Writing boards: who meets, when, and about which changes."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.models import Board
from changes.queries.meetings import times
from changes.queries.names import missing, there_is_no
from changes.windows import Interval
from ledger import rows, timeline
from ledger.keeping import demand_change_manager, differences, told

SAID = (
    "name",
    "is_active",
    "recurrence",
    "first_date",
    "start_time",
    "duration",
    "time_zone",
    "closes_hours",
    "minutes_per_item",
    "risk_at_least",
    "kinds",
    "environments",
    "teams",
    "within_days",
)
EDITABLE = (*SAID, "group", "chair")
YEARS = timedelta(days=800)
SHOWN = 10


@transaction.atomic
def save(board: Board, *, actor: User, now: datetime) -> Board:
    """Keep a board as it was filled in, and record it with what changed.

    Meetings that are planned already stay as they are. Raises `ValidationError`, and `Refused`
    for any but a change manager.
    """
    before = _checked(board, actor=actor)
    diff = _diff(before, board)
    if before is not None and not diff:
        return board
    board.save()
    timeline.record(
        subject=board.ref,
        verb="board.edited" if before else "board.created",
        actor=actor.username,
        at=now,
        data={
            "name": board.name,
            **told(before, diff),
            "row_digest": rows.digest(Board.objects.get(pk=board.pk)),
        },
    )
    return board


@transaction.atomic
def check(board: Board, *, actor: User) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(board, actor=actor)


def next_times(board: Board, *, now: datetime) -> list[Interval]:
    """The next ten times it meets."""
    found = []
    for one in times(board, after=now, until=now + YEARS):
        found.append(one)
        if len(found) == SHOWN:
            break
    return found


def _checked(board: Board, *, actor: User) -> Board | None:
    ref = board.ref if board.pk else ""
    demand_change_manager("write board", actor=actor, ref=ref, what="recurring meetings")
    before = Board.objects.select_for_update().filter(pk=board.pk).first() if board.pk else None
    board.full_clean()
    wrong: dict[str, Any] = {}
    for name, kind in (("environments", "environment"), ("teams", "team")):
        unknown = missing(kind, list(getattr(board, name)))
        if unknown:
            wrong[name] = [there_is_no(kind, slug) for slug in unknown]
    if board.chair is not None and (board.chair.is_robot or not board.chair.is_active):
        wrong["chair"] = "Choose an active person to lead it."
    if wrong:
        raise ValidationError(wrong)
    return before


def _diff(before: Board | None, board: Board) -> dict[str, list[Any]]:
    diff = differences(before, board, names=SAID)
    for name, column in (("first_date", "first_date"),):
        if name in diff:
            diff[name] = [str(value) if value else None for value in diff[column]]
    for name, word in (("group", "name"), ("chair", "username")):
        old = getattr(before, name) if before is not None else None
        pair = [
            getattr(one, word) if one is not None else None for one in (old, getattr(board, name))
        ]
        if pair[0] != pair[1]:
            diff[name] = pair
    return diff
