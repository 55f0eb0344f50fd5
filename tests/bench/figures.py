"""Figures over rounds: medians, ranges, ratios, and whether a target is met."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some rounds, and the least and most."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{_short(self.median)} ({_short(self.least)}–{_short(self.most)})"


@dataclass(frozen=True, slots=True)
class Target:
    """A figure against its target: `must` is owed, `reach` is hoped for; smaller is better."""

    what: str
    found: Spread
    must: float
    reach: float | None
    unit: str

    @property
    def met(self) -> bool:
        return self.found.median <= self.must

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"met": self.met}


def spread(values: Sequence[float]) -> Spread:
    """The median and range of at least one value."""
    return Spread(median(values), min(values), max(values))


def ratio(of: Sequence[float], to: Sequence[float]) -> Spread:
    """How many times `to` is `of`, round by round, so that noise of the machine cancels out."""
    return spread([one / other for one, other in zip(of, to, strict=True)])


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
