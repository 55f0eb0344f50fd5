"""Two texts compared word by word. Pure.

# Note [Comparing is bounded]
Texts come from people and may be anything; `difflib` needs 42 s for a thousand words of the worst
kind. The walk below stops after `MOST_EDITS` edits: a text that differs by more is compared line by
line, and if that is too much as well, as a whole.
Source: E. W. Myers, *An O(ND) Difference Algorithm* (1986).
"""

import re
from dataclasses import dataclass

MOST_EDITS = 500

_WORD = re.compile(r"\s+|\d[\d.,:]*\d|\w+|[^\w\s]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that is the same in both (`same`), new (`ins`) or gone (`del`)."""

    op: str
    text: str


def compared(before: str, after: str) -> tuple[Piece, ...]:
    """What became of `before`: pieces in reading order, removed words before added ones."""
    for unit in (_WORD, _LINE):
        pieces = _walk(unit.findall(before), unit.findall(after))
        if pieces is not None:
            return _grouped(_with_gaps(pieces))
    return _grouped([Piece("del", before), Piece("ins", after)])


def _walk(old: list[str], new: list[str]) -> list[Piece] | None:
    """The shortest way from `old` to `new`, one piece a word; None past `MOST_EDITS` edits."""
    reach: dict[int, int] = {1: 0}
    trail: list[dict[int, int]] = []
    for edits in range(min(len(old) + len(new), MOST_EDITS) + 1):
        trail.append(dict(reach))
        for lane in range(-edits, edits + 1, 2):
            down = lane == -edits or (lane != edits and reach[lane - 1] < reach[lane + 1])
            x = reach[lane + 1] if down else reach[lane - 1] + 1
            while x < len(old) and x - lane < len(new) and old[x] == new[x - lane]:
                x += 1
            reach[lane] = x
            if x >= len(old) and x - lane >= len(new):
                return _traced(old, new, trail)
    return None


def _traced(old: list[str], new: list[str], trail: list[dict[int, int]]) -> list[Piece]:
    """The way back from the end, through where each number of edits had reached."""
    found: list[Piece] = []
    x, y = len(old), len(new)
    for edits in range(len(trail) - 1, -1, -1):
        reach, lane = trail[edits], x - y
        down = lane == -edits or (lane != edits and reach[lane - 1] < reach[lane + 1])
        source = lane + 1 if down else lane - 1
        from_x = reach[source] if edits else 0
        from_y = from_x - source if edits else 0
        while x > from_x and y > from_y:
            x, y = x - 1, y - 1
            found.append(Piece("same", old[x]))
        if edits and down:
            y -= 1
            found.append(Piece("ins", new[y]))
        elif edits:
            x -= 1
            found.append(Piece("del", old[x]))
    return found[::-1]


def _with_gaps(pieces: list[Piece]) -> list[Piece]:
    """A lone space between changed words changes with them: one stroke reads better than two."""
    whole: list[Piece] = []
    for place, piece in enumerate(pieces):
        beside = {pieces[place - 1].op, pieces[place + 1 - len(pieces)].op}
        if piece.op == "same" and piece.text == " " and "same" not in beside:
            whole += [Piece("del", " "), Piece("ins", " ")]
        else:
            whole.append(piece)
    return whole


def _grouped(pieces: list[Piece]) -> tuple[Piece, ...]:
    """Neighbours as one piece: what stays, then what goes, then what comes."""
    grouped: list[Piece] = []
    runs = {"same": "", "del": "", "ins": ""}
    for piece in [*pieces, Piece("same", "")]:
        if piece.op == "same" and (runs["del"] or runs["ins"]):
            grouped += [Piece(op, text) for op, text in runs.items()]
            runs = {"same": "", "del": "", "ins": ""}
        runs[piece.op] += piece.text
    grouped.append(Piece("same", runs["same"]))
    return tuple(piece for piece in grouped if piece.text)
