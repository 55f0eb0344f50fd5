"""Changes of one service and environment that are planned for the same time. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from changes.queries.listed import Listed
from changes.states import NOT_STARTED, State
from changes.windows import Interval

LIVE = frozenset({*NOT_STARTED, State.IMPLEMENTING})


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two changes, the one planned to start earlier first, and the time both are planned for."""

    earlier: Listed
    later: Listed
    both: Interval


def conflicts(changes: Iterable[Listed]) -> list[Conflict]:
    """Each change planned to begin while another of its service and environment is, earliest first.

    A change is paired with the one that runs on longest; what is over, or was called off, is in
    nobody's way.
    """
    live = [
        change
        for change in changes
        if change.state in LIVE and change.planned_start_at and change.planned_end_at
    ]
    ordered = sorted(live, key=lambda one: (*_place(one), one.planned_start_at, one.id))
    found = [pair for _, group in groupby(ordered, key=_place) for pair in _overlapping(group)]
    return sorted(found, key=lambda one: (one.both, one.later.id))


def _place(change: Listed) -> tuple[str, str]:
    return change.service.slug, change.environment.slug


def _overlapping(ordered: Iterable[Listed]) -> list[Conflict]:
    found: list[Conflict] = []
    longest: Listed | None = None
    for change in ordered:
        starts, ends = change.planned_start_at, change.planned_end_at
        assert starts is not None
        assert ends is not None
        if longest is not None and longest.planned_end_at and starts < longest.planned_end_at:
            found.append(
                Conflict(longest, change, Interval(starts, min(ends, longest.planned_end_at)))
            )
        if longest is None or not longest.planned_end_at or ends > longest.planned_end_at:
            longest = change
    return found
