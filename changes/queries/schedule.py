"""The schedule: which changes are planned in a period, lane by lane, and which windows hold then.

# Note [Periods are found by their start]
An index on the planned start finds what begins in a period. What began before and still runs is
looked for a week back only; the few changes planned for longer stand in an index of their own
(migration 0004). One range index over periods would cost more at every write and be slower to read.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from changes.queries import calendar
from changes.queries.calendar import Held
from changes.queries.listed import COLUMNS, Listed, Place, listed, named
from changes.queries.narrowing import ONE_PLAN, Filters, fetched, narrowed
from changes.windows import Interval

BARS_AT_MOST = 2_000
LOOK_BACK = timedelta(days=7)
_PERIOD = frozenset({"from", "to", "back", "zone", "most"})


@dataclass(frozen=True, slots=True)
class Lane:
    """The changes of one service or team, earliest first."""

    place: Place
    changes: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """How many changes are planned to start on a local date, by state."""

    day: date
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is planned within a period.

    Where more than `BARS_AT_MOST` changes are planned there are no lanes but `days`, counted; else
    no days. `shades` are the times freezes and maintenance windows hold, earliest first.
    """

    within: Interval
    lanes: tuple[Lane, ...]
    days: tuple[Day, ...]
    shades: tuple[Held, ...]

    @property
    def is_counted(self) -> bool:
        return bool(self.days)


def of_period(*, within: Interval, filters: Filters, by: str, zone: str) -> Schedule:
    """The schedule of a period; `by` is "service" or "team", what a lane stands for.

    `zone` (IANA) says where a counted day begins. At most seven statements.
    Raises `ValidationError` for an unknown slug or user.
    """
    found_by = narrowed(filters)
    parameters = found_by.values | {
        "from": within.starts_at,
        "to": within.ends_at,
        "back": within.starts_at - LOOK_BACK,
        "zone": zone,
        "most": BARS_AT_MOST + 1,
    }
    where = found_by.where
    bars = _read(where, parameters, filters)
    return Schedule(
        within,
        lanes=() if bars is None else _lanes(bars, by=by),
        days=_days(fetched(_counted(where), parameters)) if bars is None else (),
        shades=tuple(
            calendar.occurrences(
                within=within,
                service=filters.service,
                environment=filters.environment,
                team=filters.team,
            )
        ),
    )


def _read(where: str, parameters: dict[str, Any], filters: Filters) -> list[Listed] | None:
    """The changes of the bars; None where there are too many. They are counted before, to read none
    in vain, unless they are of a place that can be expected to have few."""
    if not (filters.service or filters.team):
        ((count,),) = fetched(_SOME.format(planned=_planned("1", where)), parameters)
        if count > BARS_AT_MOST:
            return None
    # An index tells when the changes of a team are planned, whichever team and period it is.
    one_plan = ONE_PLAN | _PERIOD if filters.team else ONE_PLAN
    ((text,),) = fetched(_bars(where), parameters, one_plan=one_plan)
    rows = listed(text)
    return rows if len(rows) <= BARS_AT_MOST else None


# Two ways, each by its own index: an OR of them would walk every change planned before the period.
_PLANNED = """
SELECT {columns} FROM changes_change c
WHERE {where} AND c.planned_start_at >= %(back)s AND c.planned_start_at < %(to)s
    AND c.planned_end_at > %(from)s
    AND c.planned_end_at - c.planned_start_at <= interval '7 days'
UNION ALL
SELECT {columns} FROM changes_change c
WHERE {where} AND c.planned_end_at - c.planned_start_at > interval '7 days'
    AND c.planned_end_at > %(from)s AND c.planned_start_at < %(to)s
"""
_COUNTED = """
SELECT (greatest(c.planned_start_at, %(from)s) AT TIME ZONE %(zone)s)::date, c.state, count(*)
FROM ({planned}) c GROUP BY 1, 2 ORDER BY 1, 2
"""


_SOME = "SELECT count(*) FROM ({planned} LIMIT %(most)s) some_planned"


def _planned(columns: str, where: str) -> str:
    return _PLANNED.format(columns=columns, where=where)


def _bars(where: str) -> str:
    planned = _planned(COLUMNS, where)
    return named(f"{planned} ORDER BY planned_start_at, id LIMIT %(most)s")


def _counted(where: str) -> str:
    return _COUNTED.format(planned=_planned("c.planned_start_at, c.state", where))


def _lanes(found: list[Listed], *, by: str) -> tuple[Lane, ...]:
    def place(row: Listed) -> Place:
        return row.team if by == "team" else row.service

    ordered = sorted(found, key=lambda row: place(row).slug)
    return tuple(
        Lane(place(rows[0]), rows)
        for rows in (tuple(group) for _, group in groupby(ordered, key=lambda row: place(row).slug))
    )


def _days(rows: list[tuple[Any, ...]]) -> tuple[Day, ...]:
    return tuple(
        Day(day, {state: count for _, state, count in group})
        for day, group in groupby(rows, key=lambda row: row[0])
    )
