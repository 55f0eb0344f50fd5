"""A period with more changes than can be drawn one by one: how many start on each day. Pure."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

from changes.queries.schedule import Day
from changes.web.spans import Span
from changes.web.svg import joined, line, number, rect, text

WIDTH: Final = 1180.0
HEIGHT: Final = 220.0
HEAD: Final = 26.0
LETTER: Final = 7.2


def counted(
    span: Span, days: Sequence[Day], *, today: date, url: Callable[[date], str]
) -> SafeString:
    """A column for each day; `url` is where the changes of a day are listed."""
    return format_html(
        '<svg class="schedule" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>',
        number(WIDTH),
        number(HEIGHT),
        f"{span.heading}: {sum(day.total for day in days):,} changes, counted by day",
        joined(_columns(span, days, today=today, url=url)),
    )


def _columns(
    span: Span, days: Sequence[Day], *, today: date, url: Callable[[date], str]
) -> Iterator[SafeString]:
    totals = {day.day: day.total for day in days}
    most = max(totals.values(), default=0) or 1
    width = WIDTH / len(span.days)
    for place, day in enumerate(span.days):
        x, total = place * width, totals.get(day, 0)
        yield line("tick", x, 0, x, HEIGHT)
        name = f"{day:%a} {day.day}" if len(span.days) <= 7 else f"{day:%a}"[:1] + f" {day.day}"
        yield text("strong" if day == today else "day", x + 4, 17, name)
        if not total:
            continue
        height = max((HEIGHT - HEAD - 24) * total / most, 2)
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
