"""From circumstances to a score: every factor an addend, with its reason and what would lower it.

# Note [Credits stop at nothing]
What speaks for a change is a factor below zero. Together they take away at most what the others
add, so a score is never below zero and always the sum of its factors as they are shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from changes.risk.circumstances import Circumstances
from changes.risk.history import Shrunk, failures, followers, usual_failures
from changes.risk.levels import RiskLevel, level_of
from changes.risk.timing import untimely

MODEL = 2
"""Which arithmetic this is; kept with every score. 1 knew no history, no proof and no timing."""

TIER_POINTS = {1: 30, 2: 20, 3: 10, 4: 0}
CATEGORY_POINTS = {"database": 10, "network": 10, "infrastructure": 5, "security": 5}
ROLLOUT_POINTS = {"all_at_once": 15, "rolling": 5, "blue_green": 2, "canary": 0}
PROOF_POINTS = {"rehearsed": -8, "automated": -10}
PROOF_WORDS = {
    "rehearsed": "The rollback was rehearsed.",
    "automated": "The rollback is automated.",
}
DEPENDENTS_AT_MOST = 99  # counted; many fewer weigh as much as they can
POINTS_BY_DEPTH = (2.0, 1.0, 0.5, 0.25)
MOST_FOR_DEPENDENTS = 14
BEFORE_A_HOLIDAY = 4
IN_COMPANY = 4
# Points for a share of failures 100 % above what is usual; the least and the most there are.
SERVICE_FAILURES = (50, -5, 15)
TEMPLATE_FAILURES = (50, -5, 10)
CATEGORY_FAILURES = (30, -3, 6)
SERVICE_FOLLOWERS = (60, 0, 10)


@dataclass(frozen=True, slots=True)
class Factor:
    """One addend of the score: points, why, and what would lower it (empty: nothing would)."""

    name: str
    points: int
    why: str
    remedy: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "points": self.points,
            "why": self.why,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class Risk:
    """A score from 0 up, its level, and the factors that add up to it, heaviest first."""

    score: int
    level: RiskLevel
    factors: tuple[Factor, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "level": str(self.level),
            "score": self.score,
            "model": MODEL,
            "factors": [factor.as_json() for factor in self.factors],
        }


def assess(circumstances: Circumstances) -> Risk:
    """The risk of a change under `circumstances`, with every factor that adds to it."""
    found = list(_down_to_nothing([factor for factor in _factors(circumstances) if factor.points]))
    score = sum(factor.points for factor in found)
    return Risk(
        score,
        level_of(score, circumstances.thresholds),
        tuple(sorted(found, key=lambda f: (-f.points, f.name))),
    )


def _down_to_nothing(factors: list[Factor]) -> Iterator[Factor]:
    """See Note [Credits stop at nothing]."""
    left = sum(factor.points for factor in factors if factor.points > 0)
    for factor in factors:
        if factor.points > 0:
            yield factor
        elif left:
            points = max(factor.points, -left)
            left += points
            yield replace(factor, points=points)


def _factors(at: Circumstances) -> Iterator[Factor]:
    yield from _place(at)
    yield from _plan(at)
    yield from _timing(at)
    yield from _history(at)


def _place(at: Circumstances) -> Iterator[Factor]:
    yield Factor("tier", TIER_POINTS[at.tier], f"The service is tier {at.tier}.")
    yield Factor("environment", 15 if at.production else 0, "It goes to production.")
    yield Factor(
        "category", CATEGORY_POINTS.get(at.category, 0), f"{at.category.capitalize()} changes."
    )
    yield Factor("blast radius", _reach(at.dependents), _reach_words(at.dependents))
    yield Factor(
        "emergency", 10 if at.kind == "emergency" else 0, "Emergency changes are made in haste."
    )


def _plan(at: Circumstances) -> Iterator[Factor]:
    yield Factor(
        "rollout",
        ROLLOUT_POINTS.get(at.rollout, 15),
        f"Rollout: {at.rollout.replace('_', ' ')}.",
        "Roll out step by step (canary, rolling or blue-green)."
        if at.rollout == "all_at_once"
        else "",
    )
    if at.has_rollback_plan:
        points = PROOF_POINTS.get(at.rollback_proof, 0)
        yield Factor("rollback", points, PROOF_WORDS.get(at.rollback_proof, ""))
    else:
        yield Factor("rollback", 15, "There is no rollback plan.", "Write down how to get back.")
    if at.has_test_plan:
        points = -5 if at.has_test_evidence else 0
        yield Factor("tests", points, "There is evidence of its tests.")
    else:
        remedy = "Write down how it was and will be tested."
        yield Factor("tests", 10, "There is no test plan.", remedy)


def _timing(at: Circumstances) -> Iterator[Factor]:
    """The hour or the company, whichever weighs more; an emergency cannot choose its hour."""
    points, why = 0, ""
    if at.starts_at is not None and at.ends_at is not None and at.kind != "emergency":
        points, why = untimely(at.starts_at, at.ends_at)
        if at.holiday:
            told = f"{at.holiday} begins within a day of its end."
            remedy = "Leave a working day between it and the holiday."
            yield Factor("holiday", BEFORE_A_HOLIDAY, told, remedy)
    if at.overlapping and points < IN_COMPANY:
        one = at.overlapping == 1
        who = "Another change is" if one else f"{at.overlapping} other changes are"
        why = f"{who} planned on the same service meanwhile."
        remedy = "Plan it when nothing else is changed there."
        yield Factor("company", IN_COMPANY, why, "" if at.kind == "emergency" else remedy)
    else:
        yield Factor("timing", points, why, "Plan it on a working day between 8 and 16.")


def _history(at: Circumstances) -> Iterator[Factor]:
    told = at.history
    usual = usual_failures(told.organisation)
    for name, words, record, weight in (
        ("history of service", "this service", told.service, SERVICE_FAILURES),
        ("history of template", "this template", told.template, TEMPLATE_FAILURES),
        ("history of category", f"category {at.category}", told.category, CATEGORY_FAILURES),
    ):
        if record is not None and record.closed:
            found = failures(record, organisation=told.organisation)
            points = _points(found.share - usual.share, *weight)
            yield Factor(name, points, failures_told(found, of=words, usual=usual))
    if told.service.closed:
        found = followers(told.service, organisation=told.organisation)
        whole = followers(told.organisation, organisation=told.organisation)
        points = _points(found.share - whole.share, *SERVICE_FOLLOWERS)
        why = f"{_some(found)} of this service were followed by a SEV-1 or SEV-2 within a day"
        yield Factor("incidents that followed", points, why + _few(found) + ".")


def _points(above: float, weight: int, least: int, most: int) -> int:
    return max(least, min(most, round(above * weight)))


def failures_told(found: Shrunk, *, of: str, usual: Shrunk) -> str:
    """`2 of 3 changes of this service failed; with so few, counted as 31 % (usual: 20 %).`"""
    return f"{_some(found)} of {of} failed{_few(found)} (usual: {usual.percent} %)."


def _some(found: Shrunk) -> str:
    return f"{found.some} of {found.of} changes" if found.of != 1 else f"{found.some} of 1 change"


def _few(found: Shrunk) -> str:
    few = "; with so few" if found.is_few else ""
    return f"{few}, counted as {found.percent} %"


def _reach(dependents: tuple[int, ...]) -> int:
    """The further away, the less they weigh; beyond the last depth they weigh nothing."""
    weighed = sum(
        count * points for count, points in zip(dependents, POINTS_BY_DEPTH, strict=False)
    )
    return int(min(weighed, MOST_FOR_DEPENDENTS))


def _reach_words(dependents: tuple[int, ...]) -> str:
    direct, further = (dependents[0] if dependents else 0), sum(dependents[1:])
    least = "At least " if direct + further >= DEPENDENTS_AT_MOST else ""
    words = f"{least}{direct} {'service depends' if direct == 1 else 'services depend'} on this one"
    return f"{words}, {further} more through others." if further else f"{words}."
