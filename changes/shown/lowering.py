"""What would lower the risk, in words. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from changes.models.choices import RiskWord
from changes.policies.facts import Need
from changes.queries.lowering import Lower
from changes.shown.words import inside, whom


@dataclass(frozen=True, slots=True)
class Line:
    """`Rehearse the rollback: −8 → 52, medium: 2 CAB votes less`, and the field it is done in."""

    do: str
    points: str
    score: int
    level: str
    fewer: str
    url: str


def lines(found: Iterable[Lower], *, level: str, form: str = "") -> list[Line]:
    """Each in words; the level is told where it is another. `form` is the page of the fields."""
    return [
        Line(
            one.what.do,
            f"−{-one.what.points}",
            one.what.score,
            str(RiskWord(one.what.level).label).lower() if one.what.level != level else "",
            ", ".join(_votes(need, count) for need, count in one.fewer),
            f"{form}#id_{one.what.field}",
        )
        for one in found
    ]


def _votes(need: Need, count: int) -> str:
    who = whom(need)
    who = who if who.startswith(("CAB", "Emergency")) or need.people else inside(who)
    return f"one vote less ({who})" if count == 1 else f"{count} votes less ({who})"
