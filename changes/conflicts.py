"""Telling both sides that they meet, or no longer do: looked at again whenever either moves.

# Note [Both sides hear of it]
A move leaves word that conflicts are to be looked at (`changes.lifecycle.reserving`), and a worker
compares what is found with what was told: each side of a new conflict, and of one that is over,
gets an event, and so everybody who subscribed to its service or team a message. It is not done in
the move itself: that would record events of other changes, for which their writers would wait in
turn. Pairs are written in order and events recorded in order, so two workers never wait for each
other.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from changes.models import Change, Conflict, ConflictCheck
from changes.policies.conflicts import Met, Why, named
from changes.queries import conflicts
from changes.states import State
from ledger import refs, timeline
from ledger.decision import rfc3339

HOLDING = (str(State.SCHEDULED), str(State.IMPLEMENTING))
FOUND, CLEARED = "conflict.found", "conflict.cleared"


def look_again(*, now: datetime, limit: int) -> int:
    """Look at the changes that moved, at most `limit`; answers how many were looked at.

    Any number of workers may.
    """
    for looked in range(limit):
        if not _look(now=now):
            return looked
    return limit


@transaction.atomic
def _look(*, now: datetime) -> bool:
    """Look at the change that moved first; False where none is left that no other looks at."""
    waiting = ConflictCheck.objects.select_for_update(skip_locked=True, of=("self",))
    first = waiting.order_by("id").first()
    if first is None:
        return False
    mine = waiting.filter(change=first.change_id).values_list("pk", flat=True)
    ConflictCheck.objects.filter(pk__in=list(mine)).delete()
    change = Change.objects.select_related("service", "team").get(pk=first.change_id)
    found = {_key(one.ref): one for one in conflicts.of_change(change)}
    if change.state not in HOLDING:
        found = {}
    known = _known(change)
    new = [other for other in sorted(found.keys() - known) if _kept(change, found[other], now=now)]
    over = [other for other in sorted(known - found.keys()) if _cleared(change, other, now=now)]
    _tell(change, FOUND, new, met=found, now=now)
    _tell(change, CLEARED, over, met={}, now=now)
    return True


def _known(change: Change) -> set[int]:
    """The keys of the changes it was told to meet."""
    rows = Conflict.objects.filter(Q(change=change) | Q(other=change), cleared_at__isnull=True)
    return {key for pair in rows.values_list("change", "other") for key in pair} - {change.pk}


_KEEP = """
INSERT INTO changes_conflict (change_id, other_id, level, why, found_at)
VALUES (%(change)s, %(other)s, %(level)s, %(why)s, %(now)s)
ON CONFLICT (change_id, other_id) WHERE cleared_at IS NULL DO NOTHING
"""


_FROM_THE_OTHER = {Why.NEEDS: Why.NEEDED_BY, Why.NEEDED_BY: Why.NEEDS}


def _seen_from(why: Why, earlier: bool) -> Why:
    """How they meet as the change filed first sees it."""
    return why if earlier else _FROM_THE_OTHER.get(why, why)


def _kept(change: Change, met: Met, *, now: datetime) -> bool:
    """Keep a pair; False where the worker of the other side has just done so."""
    earlier, later = sorted((change.pk, _key(met.ref)))
    values: dict[str, Any] = {
        "change": earlier,
        "other": later,
        "level": met.level,
        "why": [str(_seen_from(why, earlier == change.pk)) for why in met.why],
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, values)
        return bool(cursor.rowcount)


def _cleared(change: Change, other: int, *, now: datetime) -> bool:
    earlier, later = sorted((change.pk, other))
    open_pair = Conflict.objects.filter(change=earlier, other=later, cleared_at__isnull=True)
    return bool(open_pair.update(cleared_at=now))


def _tell(
    change: Change, verb: str, others: Sequence[int], *, met: dict[int, Met], now: datetime
) -> None:
    """An event on each side, in the order of their refs."""
    if not others:
        return
    rows = Change.objects.filter(pk__in=others).select_related("service", "team")
    each = {row.pk: row for row in rows}
    hard = {key for key in others if key in met and met[key].is_hard}
    told = {change.pk: (change, [each[key] for key in others])}
    told |= {key: (each[key], [change]) for key in others}
    for key in sorted(told):
        side, against = told[key]
        is_hard = bool(hard) if side is change else key in hard
        _record(side, verb, against, is_hard=is_hard, now=now)


def _record(
    change: Change, verb: str, against: Iterable[Change], *, is_hard: bool, now: datetime
) -> None:
    others = [_as_told(other) for other in against]
    names = named([one["ref"] for one in others])
    timeline.record(
        subject=change.ref,
        about=[
            refs.of_service(change.service.slug),
            refs.of_team(change.team.slug),
            *(one["ref"] for one in others),
        ],
        verb=verb,
        actor=timeline.SYSTEM,
        at=now,
        data={
            "title": change.title,
            "note": f"{names}: one keeps the other from starting." if is_hard else f"{names}.",
            "level": "hard" if is_hard else "soft",
            "others": others,
        },
    )


def _as_told(other: Change) -> dict[str, str]:
    return {
        "ref": other.ref,
        "title": other.title,
        "service": other.service.slug,
        "planned_start_at": rfc3339(other.planned_start_at) or "",
        "planned_end_at": rfc3339(other.planned_end_at) or "",
    }


def _key(ref: str) -> int:
    return int(ref.removeprefix("CHG-"))
