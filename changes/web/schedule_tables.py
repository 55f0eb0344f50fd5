"""What a schedule says beside its drawing: windows, conflicts, and the days of an agenda. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from changes.policies.reasons import listed, moment
from changes.queries.calendar import Held
from changes.queries.clashes import Clash
from changes.queries.listed import Listed
from changes.web.spans import Span
from changes.windows import Interval

CONFLICTS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One time a window holds, in one row however many zones come to it."""

    name: str
    effect: str
    level: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    where: str


@dataclass(slots=True)
class Day:
    """One day of an agenda: the windows that begin on it, and the changes."""

    day: date
    is_today: bool
    windows: list[WindowRow] = field(default_factory=list)
    changes: list[Listed] = field(default_factory=list)


def window_rows(shades: Iterable[Held], *, where: Mapping[str, str]) -> list[WindowRow]:
    """The times windows hold, earliest first; `where` tells what each window is narrowed to."""
    held: dict[tuple[str, Interval], list[Held]] = {}
    for one in shades:
        held.setdefault((one.window, one.occurrence.interval), []).append(one)
    rows = []
    for (window, interval), some in held.items():
        first = some[0].occurrence
        again = any(
            name == window and other != interval and other.overlaps(interval)
            for name, other in held
        )
        zones = f"teams in {listed(one.occurrence.zone for one in some)}" if again else ""
        rows.append(
            WindowRow(
                first.name,
                str(first.effect),
                str(first.level),
                interval.starts_at,
                interval.ends_at,
                first.reason,
                "; ".join(part for part in (where.get(window, ""), zones) if part),
            )
        )
    return rows


def conflict_reasons(found: Sequence[Clash], *, zone: str) -> list[dict[str, Any]]:
    """The conflicts as components/reasons.html shows them; the rest is counted."""
    shown = [
        {
            "code": "conflict",
            "message": f"CHG-{one.earlier} and CHG-{one.later} are both planned for {one.place}, "
            f"{moment(one.both.starts_at, zone)} to {moment(one.both.ends_at, zone)}."
            + (" Only one of them can be scheduled and run." if one.is_hard else ""),
            "remedy": f"Move CHG-{one.later}",
            "url": f"/changes/CHG-{one.later}",
        }
        for one in found[:CONFLICTS_SHOWN]
    ]
    more = len(found) - len(shown)
    if more:
        shown.append(
            {"code": "conflict", "message": f"And {more} more, hatched below.", "remedy": ""}
        )
    return shown


def agenda(
    span: Span, *, changes: Iterable[Listed], windows: Iterable[WindowRow], today: date
) -> list[Day]:
    """The days on which something begins, and today; none where nothing does.

    What began before stands on the first day.
    """
    days = {day: Day(day, day == today) for day in span.days}
    for window in windows:
        days[_day(span, window.starts_at)].windows.append(window)
    for change in changes:
        if change.planned_start_at is not None:
            days[_day(span, change.planned_start_at)].changes.append(change)
    begins = [day for day in days.values() if day.windows or day.changes]
    return [day for day in days.values() if day in begins or day.is_today] if begins else []


def _day(span: Span, instant: datetime) -> date:
    return max(instant.astimezone(span.zone).date(), span.first)
