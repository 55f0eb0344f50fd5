"""The looks of a check as a line of figures; what did not hold is marked. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from changes.shown.looks import ShownLook, figures
from changes.web.svg import joined, line, number, rect

WIDTH: Final = 240.0
HEIGHT: Final = 36.0
EDGE: Final = 4.0


def looks_svg(looks: Sequence[ShownLook], *, threshold: float | None, words: str) -> SafeString:
    """Each look at its place in time; a line at the threshold where there is one."""
    if not looks:
        return mark_safe("")
    return format_html(
        '<svg class="looks" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        number(WIDTH),
        number(HEIGHT),
        words,
        joined(_shapes(looks, threshold=threshold)),
    )


def _shapes(looks: Sequence[ShownLook], *, threshold: float | None) -> Iterator[SafeString]:
    known = figures(looks)
    levels = [*known, *([threshold] if threshold is not None else []), 0.0]
    low, high = min(levels), max(levels)
    begun, ended = looks[0].at, looks[-1].at
    length = (ended - begun).total_seconds() or 1.0

    def x_of(one: ShownLook) -> float:
        return EDGE + (one.at - begun).total_seconds() / length * (WIDTH - 2 * EDGE)

    def y_of(value: float) -> float:
        return HEIGHT - EDGE - (value - low) / ((high - low) or 1.0) * (HEIGHT - 2 * EDGE)

    if threshold is not None:
        yield line("threshold", 0, y_of(threshold), WIDTH, y_of(threshold))
    points = [(x_of(one), y_of(one.value)) for one in looks if one.value is not None]
    if len(points) > 1:
        path = "L".join(f"{number(x)} {number(y)}" for x, y in points)
        yield format_html('<path class="figure" d="M{}"/>', path)
    for one in looks:
        words = f"{one.at:%H:%M:%S} UTC: {one.said}"
        y = y_of(one.value) if one.value is not None else HEIGHT / 2
        size = 3.0 if one.holds else 5.0
        kind = "held" if one.holds else "missed"
        yield rect(kind, x_of(one) - size / 2, y - size / 2, size, size, words=words)
