"""The sheet a schedule is drawn on: which lane stands where, with which bars. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from changes.policies.reasons import moment
from changes.queries.bands import Band, Lane
from changes.queries.clashes import Clash
from changes.queries.listed import Listed
from changes.web.schedule_layout import Bar, Heading, Scale, headed, packed, rows_of
from changes.web.spans import Span
from changes.web.svg import short

WIDTH: Final = 1180.0
NAMES: Final = 156.0
HEAD: Final = 26.0
NAME_ROW: Final = 18.0
ROW: Final = 28.0
BAR: Final = 22.0
PADDING: Final = 6.0
TITLE_LETTERS: Final = 22
SPARSE: Final = 10


@dataclass(frozen=True, slots=True)
class Drawn:
    """What to draw. `zone` is the IANA name of the reader's zone, `by` is "service" or "team".

    `plan_url` is where a click on a free slot leads; empty for none.
    """

    span: Span
    lanes: Sequence[tuple[Lane, Sequence[Listed]]]
    bands: Sequence[Band]
    clashes: Sequence[Clash]
    now: datetime
    zone: str
    by: str
    plan_url: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A lane with the y it begins at, its height, and how many of its changes found no row."""

    lane: Lane
    bars: list[Bar]
    left_out: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything in its place; lanes stand from `top` to `bottom`."""

    drawn: Drawn
    scale: Scale
    headings: list[Heading]
    placed: list[Placed]
    top: float
    bottom: float
    clashing: frozenset[int]


def sheet(drawn: Drawn) -> Sheet:
    """Put lanes, bars and the names of windows in their places."""
    scale = Scale(drawn.span.within, NAMES, WIDTH)
    headings, name_rows = headed(drawn.bands, scale)
    clashing = frozenset(one for pair in drawn.clashes for one in (pair.earlier, pair.later))
    top = y = HEAD + name_rows * NAME_ROW + 4
    placed = []
    for lane, changes in drawn.lanes:
        words = _words(changes, clashing)
        bars, left_out = packed(changes, scale, words=words)
        height = rows_of(bars) * ROW - (ROW - BAR) + PADDING * 2
        placed.append(Placed(lane, bars, left_out, y, height))
        y += height
    return Sheet(drawn, scale, headings, placed, top, y, clashing)


def told(change: Listed, *, zone: str, clashing: bool) -> str:
    """A change in one line: what, where, when, and how it stands."""
    place = f"{change.service.slug} {change.environment.slug}"
    start, end = change.planned_start_at, change.planned_end_at
    times = f"{moment(start, zone)} – {moment(end, zone)}" if start and end else "no time yet"
    state = f"{change.get_state_display()}{', in conflict' if clashing else ''}"
    return f"{change.ref} {change.title}; {place}; {times}; {state}"


def _words(changes: Sequence[Listed], clashing: frozenset[int]) -> Callable[[Listed], str]:
    """What stands at a bar: the ref, `conflict`, and the title where a lane holds few."""

    def words(change: Listed) -> str:
        if change.id in clashing:
            return f"{change.ref} conflict"
        if len(changes) > SPARSE:
            return change.ref
        return f"{change.ref} {short(change.title, TITLE_LETTERS)}"

    return words
