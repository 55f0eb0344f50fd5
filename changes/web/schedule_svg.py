"""The drawing of a schedule as SVG: days, lanes, windows and now. Pure.

Looks are the style sheet's (components/schedule.css); the drawing carries classes and places only.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from changes.policies.reasons import moment
from changes.queries.bands import Band
from changes.web.schedule_bars import bars, hatches, slots
from changes.web.schedule_layout import width_of
from changes.web.schedule_sheet import HEAD, NAME_ROW, PADDING, WIDTH, Drawn, Placed, Sheet, sheet
from changes.web.spans import midnight
from changes.web.svg import joined, line, number, rect, short, text
from changes.windows import Effect, Level

FOOT: Final = 20.0
LETTERS_IN_NAME: Final = 20
HATCH: Final = mark_safe(
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><path class="hatch" d="M0 0v6"/></pattern></defs>'
)


def drawing(drawn: Drawn) -> SafeString:
    """The whole drawing; its accessible name says the period and how much stands in it."""
    laid = sheet(drawn)
    count = sum(len(changes) for _, changes in drawn.lanes)
    parts = (_today, _bands, slots, _days, _lanes, bars, hatches, _now)
    return format_html(
        '<svg class="schedule" viewBox="0 0 {} {}" role="group" aria-label="{}">{}{}</svg>',
        number(WIDTH),
        number(laid.bottom + FOOT),
        f"{drawn.span.heading}: {count} change{'' if count == 1 else 's'}",
        HATCH,
        joined(shape for part in parts for shape in part(laid)),
    )


def _today(laid: Sheet) -> Iterator[SafeString]:
    span = laid.drawn.span
    today = laid.drawn.now.astimezone(span.zone).date()
    if span.first <= today < span.end:
        x = laid.scale.x(midnight(today, span.zone))
        end = laid.scale.x(midnight(today + timedelta(days=1), span.zone))
        yield rect("today", x, 0, end - x, laid.bottom)


def _days(laid: Sheet) -> Iterator[SafeString]:
    """A line at each local midnight, and the day's name beside it."""
    span = laid.drawn.span
    today = laid.drawn.now.astimezone(span.zone).date()
    wide = len(span.days) <= 7
    for day in span.days:
        x = laid.scale.x(midnight(day, span.zone))
        yield line("tick", x, 0, x, laid.bottom)
        words = f"{day:%a} {day.day}" if wide else f"{day:%a}"[:1] + f" {day.day}"
        yield text("strong" if day == today else "day", x + (8 if wide else 3), 17, words)


def _bands(laid: Sheet) -> Iterator[SafeString]:
    """Windows over the lanes they cover, neighbouring lanes in one shape; their names above."""
    for band in laid.drawn.bands:
        held = band.occurrence
        x = laid.scale.x(held.interval.starts_at)
        width = max(laid.scale.x(held.interval.ends_at) - x, 2)
        kind = f"band {held.effect}{' warn' if held.level is Level.WARN else ''}"
        words = _band_words(band, laid.drawn.zone)
        for y, height in _runs(laid.placed, band.lanes):
            yield rect(kind, x, y, width, height, words=words)
    for one in laid.headings:
        kind = "band-name" if one.effect == Effect.FREEZE else "band-name maintenance"
        yield text(kind, one.x, HEAD + one.row * NAME_ROW + 13, one.words)


def _band_words(band: Band, zone: str) -> str:
    held = band.occurrence
    times = f"{moment(held.interval.starts_at, zone)} – {moment(held.interval.ends_at, zone)}"
    parts = (f"{held.name}, {times}", band.where, held.reason)
    return "; ".join(part for part in parts if part)


def _runs(placed: Sequence[Placed], lanes: frozenset[str]) -> Iterator[tuple[float, float]]:
    """(y, height) of each run of neighbouring lanes that are covered."""
    start: float | None = None
    for one in placed:
        covered = one.lane.slug in lanes
        if covered and start is None:
            start = one.y
        elif not covered and start is not None:
            yield start, one.y - start
            start = None
    if start is not None:
        yield start, placed[-1].y + placed[-1].height - start


def _lanes(laid: Sheet) -> Iterator[SafeString]:
    yield line("lane", 0, laid.top, WIDTH, laid.top)
    for one in laid.placed:
        name = short(one.lane.slug, LETTERS_IN_NAME)
        yield text("lane-name", 0, one.y + PADDING + 15.5, name, hover=one.lane.name)
        if one.left_out:
            yield text("lane-more", 0, one.y + PADDING + 34, f"and {one.left_out} more")
        yield line("lane", 0, one.y + one.height, WIDTH, one.y + one.height)


def _now(laid: Sheet) -> Iterator[SafeString]:
    now = laid.drawn.now
    if now not in laid.drawn.span.within:
        return
    x = laid.scale.x(now)
    yield line("now", x, laid.top - 4, x, laid.bottom)
    words = f"now, {moment(now, laid.drawn.zone)}"
    fits = x + 6 + width_of(words) < WIDTH
    yield text("now-word", x + 6 if fits else x - 6 - width_of(words), laid.bottom + 15, words)
