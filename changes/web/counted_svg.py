"""A period with more changes than can be drawn one by one: how many start on each day. Pure."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

from changes.queries.bands import Band
from changes.queries.calendar import Held
from changes.queries.schedule import Day
from changes.web.schedule_layout import Scale, headed
from changes.web.spans import Span, midnight
from changes.web.svg import joined, line, number, rect, text
from changes.windows import Effect, Level

WIDTH: Final = 1180.0
HEIGHT: Final = 240.0
HEAD: Final = 26.0
TOP: Final = 46.0
LETTER: Final = 7.2


def counted(
    span: Span,
    days: Sequence[Day],
    *,
    shades: Sequence[Held],
    today: date,
    url: Callable[[date], str],
) -> SafeString:
    """A column for each day over the times windows hold; `url` lists the changes of a day."""
    scale = Scale(span.within, 0, WIDTH)
    return format_html(
        '<svg class="schedule" viewBox="0 0 {} {}" role="group" aria-label="{}">{}{}</svg>',
        number(WIDTH),
        number(HEIGHT),
        f"{span.heading}: {sum(day.total for day in days):,} changes, counted by day",
        joined(_shades(shades, scale)),
        joined(_columns(span, days, scale, today=today, url=url)),
    )


def _shades(shades: Sequence[Held], scale: Scale) -> Iterator[SafeString]:
    """Blocking freezes, named above."""
    bands = [
        Band(one.occurrence, one.window, frozenset(), "")
        for one in shades
        if one.occurrence.effect is Effect.FREEZE and one.occurrence.level is Level.BLOCK
    ]
    for band in bands:
        x = scale.x(band.occurrence.interval.starts_at)
        width = scale.x(band.occurrence.interval.ends_at) - x
        yield rect("band freeze", x, TOP, width, HEIGHT - TOP, words=band.occurrence.name)
    headings, _ = headed(bands, scale)
    for one in headings:
        if one.row == 0:
            yield text("band-name", one.x, HEAD + 13, one.words)


def _columns(
    span: Span, days: Sequence[Day], scale: Scale, *, today: date, url: Callable[[date], str]
) -> Iterator[SafeString]:
    totals = {day.day: day.total for day in days}
    most = max(totals.values(), default=0) or 1
    for day in span.days:
        x, total = scale.x(midnight(day, span.zone)), totals.get(day, 0)
        width = scale.x(midnight(day + timedelta(days=1), span.zone)) - x
        yield line("tick", x, 0, x, HEIGHT)
        name = f"{day:%a} {day.day}" if len(span.days) <= 7 else f"{day:%a}"[:1] + f" {day.day}"
        yield text("strong" if day == today else "day", x + 4, 17, name)
        if not total:
            continue
        height = max((HEIGHT - TOP - 24) * total / most, 2)
        words = f"{total:,}"
        centre = x + (width - len(words) * LETTER) / 2
        yield format_html(
            '<a href="{}" aria-label="{}">{}{}</a>',
            url(day),
            f"{day:%A} {day.day} {day:%B}: {words} changes",
            rect("job scheduled", x + 5, HEIGHT - height, width - 10, height),
            text("count", centre, HEIGHT - height - 6, words),
        )
    yield line("lane", 0, HEIGHT, WIDTH, HEIGHT)
