"""What would lower a score: every factor somebody can change is tried, and weighed again. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from changes.risk.assessing import ROLLOUT_POINTS, assess
from changes.risk.circumstances import Circumstances
from changes.risk.levels import RiskLevel

_ROLLOUTS = {
    "canary": "Roll out as a canary",
    "blue_green": "Roll out blue-green",
    "rolling": "Roll out machine by machine",
}


@dataclass(frozen=True, slots=True)
class Lowering:
    """One thing that can be done: the field to fill in, the sentence that says so, the points it
    takes away (below zero), and the score and level there would be."""

    field: str
    do: str
    points: int
    score: int
    level: RiskLevel


def lowering(at: Circumstances, *, locked: Collection[str] = ()) -> tuple[Lowering, ...]:
    """What would lower the score, the most first. `locked` names fields that cannot be changed."""
    now = assess(at)
    found = []
    for field, do, better in _options(at):
        then = assess(replace(at, **better))
        if field not in locked and then.score < now.score:
            found.append(Lowering(field, do, then.score - now.score, then.score, then.level))
    return tuple(sorted(found, key=lambda one: (one.points, one.do)))


def _options(at: Circumstances) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if not at.has_rollback_plan:
        yield "rollback_plan", "Write a rollback plan", {"has_rollback_plan": True}
    if not at.has_test_plan:
        yield "test_plan", "Write a test plan", {"has_test_plan": True}
    if not at.has_test_evidence:
        yield "test_evidence_url", "Show that its tests pass", {"has_test_evidence": True}
    yield "rollback_proof", "Rehearse the rollback", {"rollback_proof": "rehearsed"}
    yield "rollback_proof", "Automate the rollback", {"rollback_proof": "automated"}
    for rollout in ROLLOUT_POINTS:
        if rollout in _ROLLOUTS:
            yield "rollout", _ROLLOUTS[rollout], {"rollout": rollout}
    if at.kind != "emergency":
        yield (
            "planned_start_at",
            "Plan it on a working day between 8 and 16, when nothing else is changed there",
            {"starts_at": None, "ends_at": None, "holiday": "", "overlapping": 0},
        )
