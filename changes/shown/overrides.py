"""Overrides as people read them: how far they are, who agreed, what is still owed. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from changes.models import Override
from changes.policies.overriding import STANDING_WORDS, Standing, standing
from changes.queries.overrides import case_of

LOOKS = {
    Standing.WAITING: "wait",
    Standing.LAPSED: "off",
    Standing.AGREED: "wait",
    Standing.OPEN: "go",
    Standing.ENDED: "off",
    Standing.WITHDRAWN: "off",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One override; `look` is a tone. `owed` says what is left to do, with `owed_look`."""

    row: Override
    standing: Standing
    label: str
    look: str
    freezes: str
    owed: str
    owed_look: str


def lines(rows: Iterable[Override], *, now: datetime) -> list[Line]:
    """The overrides, their people joined, in their order."""
    return [line(row, now=now) for row in rows]


def line(row: Override, *, now: datetime) -> Line:
    """One override in words."""
    stands = standing(case_of(row), now=now)
    owed, look = _owed(row, now=now)
    return Line(
        row, stands, STANDING_WORDS[stands], LOOKS[stands], ", ".join(row.names), owed, look
    )


def _owed(row: Override, *, now: datetime) -> tuple[str, str]:
    if row.review_due_at is None:
        return "", ""
    if row.reviewed_at is not None:
        return "Reviewed", "go"
    return ("Review overdue", "stop") if row.review_due_at <= now else ("Review due", "wait")
