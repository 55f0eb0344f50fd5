"""What would lower the risk, in words. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from changes.models.choices import RiskWord
from changes.models.rule import AuthorityWord
from changes.policies.facts import Authority
from changes.queries.lowering import Lower


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
            ", ".join(_votes(authority, count) for authority, count in one.fewer),
            f"{form}#id_{one.what.field}",
        )
        for one in found
    ]


def _votes(authority: Authority, count: int) -> str:
    who = str(AuthorityWord(authority).label)
    who = who if who.startswith(("CAB", "Emergency")) else who.lower()
    return f"one vote less ({who})" if count == 1 else f"{count} votes less ({who})"
