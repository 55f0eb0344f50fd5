"""The next seven days as a thin schedule: lanes without words, windows shaded and named. Pure."""

from collections.abc import Iterator, Sequence
from datetime import timedelta, tzinfo
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

from changes.queries.bands import Band, Lane
from changes.queries.listed import Listed
from changes.web.schedule_layout import Bar, Heading, Scale, headed, packed, rows_of
from changes.web.schedule_sheet import told
from changes.web.spans import midnight
from changes.web.svg import joined, line, number, rect, short, text
from changes.windows import Interval, Level

WIDTH: Final = 1180.0
NAMES: Final = 156.0
HEAD: Final = 24.0
NAME_ROW: Final = 17.0
ROW: Final = 11.0
BAR: Final = 8.0
PADDING: Final = 8.0
LETTERS_IN_NAME: Final = 20
ROOM_FOR_A_DAY: Final = 52.0


def thin_week(
    within: Interval,
    *,
    lanes: Sequence[tuple[Lane, Sequence[Listed]]],
    bands: Sequence[Band],
    zone: tzinfo,
    words: str,
) -> SafeString:
    """The drawing; `words` tell those who cannot see it what it shows."""
    scale = Scale(within, NAMES, WIDTH)
    headings, name_rows = headed(bands, scale)
    top = HEAD + name_rows * NAME_ROW + (4 if name_rows else 0)
    shapes, bottom = _lanes(lanes, bands, scale, top=top, zone=zone)
    return format_html(
        '<svg class="schedule thin" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>',
        number(WIDTH),
        number(bottom + 1),
        words,
        joined(_days(within, scale, bottom, zone)),
        joined(shapes),
        joined(_names(headings)),
    )


def _days(within: Interval, scale: Scale, bottom: float, zone: tzinfo) -> Iterator[SafeString]:
    first = within.starts_at.astimezone(zone).date()
    for number_of in range(1, 9):
        day = first + timedelta(days=number_of)
        instant = midnight(day, zone)
        if instant >= within.ends_at:
            return
        x = scale.x(instant)
        yield line("tick", x, 0, x, bottom)
        if x + ROOM_FOR_A_DAY <= WIDTH:
            yield text("day", x + 6, 16, f"{day:%a} {day.day}")


def _names(headings: Sequence[Heading]) -> Iterator[SafeString]:
    for one in headings:
        kind = "band-name" if one.effect == "freeze" else "band-name maintenance"
        yield text(kind, one.x, HEAD + one.row * NAME_ROW + 12, one.words)


def _lanes(
    lanes: Sequence[tuple[Lane, Sequence[Listed]]],
    bands: Sequence[Band],
    scale: Scale,
    *,
    top: float,
    zone: tzinfo,
) -> tuple[list[SafeString], float]:
    """The shapes of all lanes, and the y where the last one ends."""
    shapes, y = [line("lane", 0, top, WIDTH, top)], top
    for lane, changes in lanes:
        bars, _ = packed(changes, scale, words=lambda change: "")
        height = rows_of(bars) * ROW + PADDING * 2 - (ROW - BAR)
        shapes += _shades(lane, bands, scale, y=y, height=height)
        shapes.append(text("lane-name", 0, y + 16, short(lane.name, LETTERS_IN_NAME)))
        shapes += [_bar(bar, y + PADDING + bar.row * ROW, zone) for bar in bars]
        y += height
        shapes.append(line("lane", 0, y, WIDTH, y))
    return shapes, y


def _shades(
    lane: Lane, bands: Sequence[Band], scale: Scale, *, y: float, height: float
) -> Iterator[SafeString]:
    for band in bands:
        if lane.slug in band.lanes:
            held = band.occurrence
            x = scale.x(held.interval.starts_at)
            kind = f"band {held.effect}{' warn' if held.level is Level.WARN else ''}"
            yield rect(kind, x, y, max(scale.x(held.interval.ends_at) - x, 2), height)


def _bar(bar: Bar, y: float, zone: tzinfo) -> SafeString:
    words = told(bar.change, zone=str(zone), clashing=False)
    return rect(f"job {bar.change.state}", bar.x, y, bar.width, BAR, words=words)


def week_words(changes: int, bands: Sequence[Band], *, is_drawn: bool) -> str:
    """`14 changes planned; Weekend freeze.`"""
    names = ", ".join(dict.fromkeys(band.occurrence.name for band in bands))
    count = f"{changes:,} change{'' if changes == 1 else 's'}" if changes else "Nothing is"
    many = "" if is_drawn else ", too many to draw"
    return f"{count} planned{many}; {names or 'no freeze'}."
