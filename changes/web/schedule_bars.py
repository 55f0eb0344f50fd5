"""What lies in the lanes of a schedule: changes, the times they share, and free slots. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from django.utils.html import format_html
from django.utils.safestring import SafeString

from changes.policies.reasons import moment
from changes.queries.clashes import Clash
from changes.web.schedule_layout import Bar
from changes.web.schedule_sheet import BAR, PADDING, ROW, Placed, Sheet, told
from changes.web.spans import midnight
from changes.web.svg import number, rect, text
from changes.windows import Effect, Interval, Level
from ledger.decision import rfc3339

PART_OF_DAY: Final = timedelta(hours=6)
WORKING_HOUR: Final = timedelta(hours=9)


def bars(sheet: Sheet) -> Iterator[SafeString]:
    """Each change as a link, its words inside its bar or beside it."""
    for placed in sheet.placed:
        for bar in placed.bars:
            yield _bar(sheet, bar, _y(placed, bar))


def hatches(sheet: Sheet) -> Iterator[SafeString]:
    """The time two changes share, hatched on both bars."""
    shared: dict[int, list[Clash]] = {}
    for pair in sheet.drawn.clashes:
        for one in (pair.earlier, pair.later):
            shared.setdefault(one, []).append(pair)
    for placed in sheet.placed:
        for bar in placed.bars:
            for pair in shared.get(bar.change.id, ()):
                x = sheet.scale.x(pair.both.starts_at)
                yield format_html(
                    '<rect class="shared" x="{}" y="{}" width="{}" height="{}"'
                    ' fill="url(#hatch)"/>',
                    number(x),
                    number(_y(placed, bar)),
                    number(max(sheet.scale.x(pair.both.ends_at) - x, 3)),
                    number(BAR),
                )


def slots(sheet: Sheet) -> Iterator[SafeString]:
    """Free quarters of a day, or days of a month, that lead to planning there.

    They are for the pointer alone: with the keyboard one takes the button above. Times that are
    past or frozen are not offered.
    """
    if not sheet.drawn.plan_url:
        return
    times = list(_times(sheet))
    for placed in sheet.placed:
        frozen = _frozen(sheet, placed)
        for time in times:
            if not any(time.overlaps(one) for one in frozen):
                yield _slot(sheet, placed, time)


def _y(placed: Placed, bar: Bar) -> float:
    return placed.y + PADDING + bar.row * ROW


def _bar(sheet: Sheet, bar: Bar, y: float) -> SafeString:
    change, clashing = bar.change, bar.change.id in sheet.clashing
    words = told(change, zone=sheet.drawn.zone, clashing=clashing)
    kind = f"job {change.state}{' conflict' if clashing else ''}"
    name = f"job-name {change.state if bar.words_inside and not clashing else 'beside'}"
    return format_html(
        '<a href="{}" aria-label="{}">{}{}</a>',
        change.get_absolute_url(),
        words,
        rect(kind, bar.x, y, bar.width, BAR, words=words),
        text(name, bar.words_x, y + 15.5, bar.words),
    )


def _slot(sheet: Sheet, placed: Placed, time: Interval) -> SafeString:
    x = sheet.scale.x(time.starts_at)
    asked = {"start": rfc3339(time.starts_at) or ""}
    if sheet.drawn.by == "service":
        asked["service"] = placed.lane.slug
    words = f"Plan {placed.lane.slug} at {moment(time.starts_at, sheet.drawn.zone)}"
    width = sheet.scale.x(time.ends_at) - x
    return format_html(
        '<a class="free" href="{}" tabindex="-1" aria-hidden="true">{}</a>',
        f"{sheet.drawn.plan_url}?{urlencode(asked)}",
        rect("slot", x, placed.y + 1, width, placed.height - 2, words=words),
    )


def _frozen(sheet: Sheet, placed: Placed) -> list[Interval]:
    return [
        band.occurrence.interval
        for band in sheet.drawn.bands
        if placed.lane.slug in band.lanes
        and band.occurrence.effect is Effect.FREEZE
        and band.occurrence.level is Level.BLOCK
    ]


def _times(sheet: Sheet) -> Iterator[Interval]:
    """What one can plan to start at: the quarters of each day, or nine o'clock in a month."""
    span, now = sheet.drawn.span, sheet.drawn.now
    for day in span.days:
        start, end = midnight(day, span.zone), midnight(day + timedelta(days=1), span.zone)
        if len(span.days) > 7:
            yield from _ahead(start + WORKING_HOUR, end, now)
            continue
        while start < end:
            yield from _ahead(start, min(start + PART_OF_DAY, end), now)
            start += PART_OF_DAY


def _ahead(start: datetime, end: datetime, now: datetime) -> Iterator[Interval]:
    if start > now:
        yield Interval(start, end)
