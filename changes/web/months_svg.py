"""Changes closed month by month, those that went wrong marked. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

from changes.risk import Record
from changes.web.svg import joined, line, number, rect, text

WIDTH: Final = 600.0
HEIGHT: Final = 140.0
HEAD: Final = 16.0
FOOT: Final = 20.0


def months(records: Mapping[date, Record], *, named: Sequence[date]) -> SafeString:
    """A column for each month of `named` (first days); what went wrong stands at its foot."""
    closed = sum(records[month].closed for month in named if month in records)
    return format_html(
        '<svg class="months" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        number(WIDTH),
        number(HEIGHT),
        f"{closed} changes closed in the last {len(named)} months, by month",
        joined(_columns(records, named)),
    )


def _columns(records: Mapping[date, Record], named: Sequence[date]) -> Iterator[SafeString]:
    most = max((one.closed for one in records.values()), default=0) or 1
    step, base = WIDTH / len(named), HEIGHT - FOOT
    for place, month in enumerate(named):
        x, one = place * step, records.get(month, Record())
        yield text("day", x + 4, HEIGHT - 5, f"{month:%b}")
        if not one.closed:
            continue
        unit = (base - HEAD) / most
        words = f"{month:%B %Y}: {one.closed} closed, {one.failed} of them went wrong"
        height, wrong = one.closed * unit, one.failed * unit
        yield rect("closed", x + 4, base - height, step - 8, height, words=words)
        if one.failed:
            yield rect("wrong", x + 4, base - wrong, step - 8, wrong, words=words)
        yield text("count", x + 4, base - height - 4, f"{one.failed}/{one.closed}")
    yield line("lane", 0, base, WIDTH, base)
