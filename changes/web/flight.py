"""What runs now, as bars against the planned period. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from changes.models import Change
from changes.states import State
from changes.windows import Interval

FARTHEST: Final = timedelta(hours=24)
AROUND: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Flight:
    """A change in flight; `start`, `width`, `spent_from`, `spent`, `now` in percent of a scale."""

    url: str
    ref: str
    title: str
    service: str
    environment: str
    state: str
    state_label: str
    starts_at: datetime
    ends_at: datetime
    start: float
    width: float
    spent_from: float
    spent: float
    now: float
    late: bool


def flights(changes: Sequence[Change], *, now: datetime) -> list[Flight]:
    """Each change on the same scale, so that all stand against one now."""
    known = [
        (change, Interval(change.planned_start_at, change.planned_end_at))
        for change in changes
        if change.planned_start_at and change.planned_end_at
    ]
    scale = _scale([planned for _, planned in known], now=now)
    return [_flight(change, planned, scale, now=now) for change, planned in known]


def _scale(planned: Sequence[Interval], *, now: datetime) -> Interval:
    """From the first start to the last end, not farther from now than a day."""
    first = min((one.starts_at for one in planned), default=now)
    last = max((one.ends_at for one in planned), default=now)
    return Interval(
        max(min(first, now - AROUND), now - FARTHEST),
        min(max(last, now + AROUND), now + FARTHEST),
    )


def _flight(change: Change, planned: Interval, scale: Interval, *, now: datetime) -> Flight:
    begun = change.started_at or planned.starts_at
    ended = change.rolled_back_at or change.finished_at or now
    start, spent_from = _percent(planned.starts_at, scale), _percent(begun, scale)
    return Flight(
        url=change.get_absolute_url(),
        ref=change.ref,
        title=change.title,
        service=change.service.slug,
        environment=change.environment.slug,
        state=change.state,
        state_label=change.get_state_display(),
        starts_at=planned.starts_at,
        ends_at=planned.ends_at,
        start=start,
        width=round(_percent(planned.ends_at, scale) - start, 2),
        spent_from=spent_from,
        spent=round(max(_percent(ended, scale) - spent_from, 0), 2),
        now=_percent(now, scale),
        late=change.state == State.IMPLEMENTING and planned.ends_at <= now,
    )


def _percent(instant: datetime, scale: Interval) -> float:
    share = (instant - scale.starts_at) / (scale.ends_at - scale.starts_at)
    return round(min(max(share, 0), 1) * 100, 2)
