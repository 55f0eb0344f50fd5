"""The conditions of a rule as an outline of rows that a form can hold without any script.

Rows stand in reading order, each as deep as the groups around it. A form posts their `shape`, such
as `0g 1c 1g 2c` (depth, group or condition), and beside it the inputs `joined-N`, `field-N`,
`operator-N`, `value-N` and `zone-N` of row N.
"""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from changes.policies.custom.field import Field
from changes.policies.custom.kinds_of_value import SEVERAL
from changes.policies.custom.reading import CONDITIONS_AT_MOST, DEPTH_AT_MOST, Mistake
from changes.policies.custom.vocabulary import FIELDS

ROWS_AT_MOST = CONDITIONS_AT_MOST + 60
_STEP = re.compile(r"([0-5])([gc])", re.ASCII)
_MARK = re.compile(r"\[([0-9]+)\]")
_DEEPEST = DEPTH_AT_MOST - 1


@dataclass(frozen=True, slots=True)
class Row:
    """A group or a condition; what is filled in may be wrong. `mistakes` are said beside it."""

    depth: int
    is_group: bool
    joined: str = "all"
    field: str = ""
    operator: str = ""
    value: str = ""
    zone: str = ""
    mistakes: list[str] = dataclasses.field(default_factory=list, compare=False)

    @property
    def about(self) -> Field | None:
        return FIELDS.get(self.field)

    @property
    def takes_group(self) -> bool:
        return self.is_group and self.depth < _DEEPEST


EMPTY = (Row(0, True), Row(1, False))


def rows_of(plain: Any, depth: int = 0) -> list[Row]:
    """The rows of conditions that were read once, as they are kept."""
    if not isinstance(plain, dict) or not plain:
        return list(EMPTY) if depth == 0 else []
    if "field" in plain:
        value = plain["value"]
        words = ", ".join(map(_word, value)) if isinstance(value, list) else _word(value)
        zone = plain.get("zone", "")
        return [Row(depth, False, "all", plain["field"], plain["operator"], words, zone)]
    ((joined, members),) = plain.items()
    inside = (row for member in members for row in rows_of(member, depth + 1))
    return [Row(depth, True, joined), *inside]


def posted(data: Mapping[str, Any]) -> list[Row]:
    """The rows of a posted form; those of a broken shape are left out."""
    steps = [_STEP.fullmatch(step) for step in str(data.get("shape", "")).split()[:ROWS_AT_MOST]]
    found: list[Row] = []
    for number, step in enumerate(steps):
        if step is None:
            break
        depth = min(int(step[1]), _depth_after(found))
        if step[2] == "g":
            found.append(Row(depth, True, str(data.get(f"joined-{number}", "all"))))
        else:
            names = ("field", "operator", "value", "zone")
            said: dict[str, Any] = {
                name: str(data.get(f"{name}-{number}", "")).strip() for name in names
            }
            found.append(replace(Row(depth, False), **said))
    return found if found and found[0].is_group else list(EMPTY)


def shape(rows: list[Row]) -> str:
    """The rows' depths and sorts, as a form posts them."""
    return " ".join(f"{row.depth}{'g' if row.is_group else 'c'}" for row in rows)


def plain_of(rows: list[Row]) -> Any:
    """The rows as plain conditions, to be read."""
    root: dict[str, Any] = {rows[0].joined: []}
    groups: list[list[Any]] = [root[rows[0].joined]]
    for row in rows[1:]:
        del groups[max(1, row.depth) :]
        if row.is_group:
            group: dict[str, Any] = {row.joined: []}
            groups[-1].append(group)
            groups.append(group[row.joined])
        else:
            groups[-1].append(_condition(row))
    return root


def told(rows: list[Row], mistakes: list[Mistake]) -> list[str]:
    """Put each mistake beside its row; answers the sentences that belong to none."""
    loose = []
    for mistake in mistakes:
        row = _row_at(rows, mistake.path)
        if row is None:
            loose.append(mistake.sentence)
        else:
            row.mistakes.append(mistake.sentence)
    return loose


def edited(rows: list[Row], edit: str) -> list[Row]:
    """The rows after `condition:N`, `group:N` (added at the end of group N) or `remove:N`."""
    verb, _, number = edit.partition(":")
    if not number.isascii() or not number.isdecimal() or int(number) >= len(rows):
        return rows
    at = int(number)
    end = _end(rows, at)
    deeper = rows[at].depth + 1
    if verb == "remove" and at > 0:
        return rows[:at] + rows[end:]
    if verb == "condition" and rows[at].is_group:
        return [*rows[:end], Row(deeper, False), *rows[end:]]
    if verb == "group" and rows[at].takes_group:
        return [*rows[:end], Row(deeper, True, "any"), Row(deeper + 1, False), *rows[end:]]
    return rows


def fresh(rows: list[Row]) -> list[Row]:
    """The rows without mistakes, to be said anew."""
    return [replace(row, mistakes=[]) for row in rows]


def _depth_after(rows: list[Row]) -> int:
    """How deep the next row may stand."""
    if not rows:
        return 0
    return max(1, rows[-1].depth + (1 if rows[-1].is_group else 0))


def _end(rows: list[Row], at: int) -> int:
    """Where what belongs to a row ends."""
    following = range(at + 1, len(rows))
    return next((n for n in following if rows[n].depth <= rows[at].depth), len(rows))


def _condition(row: Row) -> dict[str, Any]:
    value: Any = row.value
    if row.operator in SEVERAL:
        value = [part.strip() for part in row.value.split(",") if part.strip()]
    plain = {"field": row.field, "operator": row.operator, "value": value}
    return {**plain, "zone": row.zone} if row.zone else plain


def _row_at(rows: list[Row], path: str) -> Row | None:
    """The row at a path such as `all[1].any[0]`, or the group of `all[1].any`."""
    at = 0 if path else None
    for step in _MARK.findall(path):
        if at is None:
            return None
        members = [n for n in range(at + 1, _end(rows, at)) if rows[n].depth == rows[at].depth + 1]
        at = members[int(step)] if int(step) < len(members) else None
    return None if at is None else rows[at]


def _word(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
