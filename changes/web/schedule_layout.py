"""Where things stand in the drawing of a schedule. Pure arithmetic, in units of the drawing.

# Note [Words take room]
A change of an hour is a sliver in a week. Its words stand beside it, and what is packed into rows
is the bar together with its words, so that no two texts lie on each other.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from changes.queries.bands import Band
from changes.queries.listed import Listed
from changes.windows import Interval, Level

LETTER = 7.2
BETWEEN = 8.0
INSIDE = 6.0
THINNEST = 4.0
ROWS_AT_MOST = 12


@dataclass(frozen=True, slots=True)
class Scale:
    """From instants to x: `within` lies between `left` and `right`."""

    within: Interval
    left: float
    right: float

    def x(self, instant: datetime) -> float:
        """Where an instant stands; what lies outside is moved to the edge."""
        moved = min(max(instant, self.within.starts_at), self.within.ends_at)
        share = (moved - self.within.starts_at) / (self.within.ends_at - self.within.starts_at)
        return round(self.left + share * (self.right - self.left), 2)


@dataclass(frozen=True, slots=True)
class Bar:
    """A change: its bar from `x` for `width` in a `row`, and its words with where they stand."""

    change: Listed
    x: float
    width: float
    row: int
    words: str
    words_x: float
    words_inside: bool


@dataclass(frozen=True, slots=True)
class Heading:
    """The name of a window over the drawing."""

    words: str
    x: float
    row: int
    effect: str


def packed(
    changes: Iterable[Listed], scale: Scale, *, words: Callable[[Listed], str]
) -> tuple[list[Bar], int]:
    """The bars of a lane in as few rows as hold them, and how many found no row."""
    ends: list[float] = []
    bars: list[Bar] = []
    left_out = 0
    for change in changes:
        bar = _bar(change, scale, words(change))
        start, end = _extent(bar)
        row = next((n for n, last in enumerate(ends) if last + BETWEEN <= start), len(ends))
        if row == ROWS_AT_MOST:
            left_out += 1
            continue
        ends[row : row + 1] = [end]
        bars.append(replace(bar, row=row))
    return bars, left_out


def headed(bands: Iterable[Band], scale: Scale) -> tuple[list[Heading], int]:
    """The names of bands over their beginnings, in as few rows as hold them, and how many.

    A window that holds in several zones is named once each time.
    """
    headings: list[Heading] = []
    ends: list[float] = []
    named: dict[str, float] = {}
    for band in bands:
        held = band.occurrence
        x, end = scale.x(held.interval.starts_at), scale.x(held.interval.ends_at)
        if x < named.get(band.window, -1.0):
            named[band.window] = max(named[band.window], end)
            continue
        named[band.window] = end
        words = f"{held.name} (warns)" if held.level is Level.WARN else held.name
        x = max(min(x, scale.right - width_of(words)), scale.left)
        row = next((n for n, last in enumerate(ends) if last + BETWEEN <= x), len(ends))
        ends[row : row + 1] = [x + width_of(words)]
        headings.append(Heading(words, x, row, str(held.effect)))
    return headings, len(ends)


def rows_of(bars: Sequence[Bar]) -> int:
    """How many rows the bars take; an empty lane has one."""
    return max((bar.row for bar in bars), default=0) + 1


def width_of(words: str) -> float:
    """About how wide words are in the drawing's type."""
    return len(words) * LETTER


def _bar(change: Listed, scale: Scale, words: str) -> Bar:
    assert change.planned_start_at is not None
    assert change.planned_end_at is not None
    x = scale.x(change.planned_start_at)
    width = round(max(scale.x(change.planned_end_at) - x, THINNEST), 2)
    needed = width_of(words)
    if needed + 2 * INSIDE <= width:
        return Bar(change, x, width, 0, words, x + INSIDE, True)
    after = x + width + INSIDE
    if after + needed <= scale.right:
        return Bar(change, x, width, 0, words, after, False)
    return Bar(change, x, width, 0, words, max(x - INSIDE - needed, scale.left), False)


def _extent(bar: Bar) -> tuple[float, float]:
    end = max(bar.x + bar.width, bar.words_x + width_of(bar.words))
    return min(bar.x, bar.words_x), end
