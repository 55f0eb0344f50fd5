"""The steps of a canary in the statement that gathers facts, and how they are read.

They are told of a change with steps that runs or is validated; for all others nothing is looked up.
"""

from datetime import datetime, timedelta
from typing import Any

from changes.policies.canary import planned
from changes.policies.canary_facts import CanaryFacts, MeasureFacts, StepFacts
from changes.states import State, StepState

SOME = "c.state IN ('implementing', 'validating') AND c.canary_steps <> '{}'"
CANARY = f"""
    CASE WHEN {SOME} THEN
        json_build_array(c.canary_steps, c.canary_soak_minutes, (
            SELECT json_build_array(r.percent, r.state, (
                SELECT json_agg(json_build_array(
                        m.name, extract(epoch FROM m.soak), extract(epoch FROM m.interval),
                        m.holding_since, m.last_at, m.word, m.said, m.misses, m.failures_allowed)
                    ORDER BY m.name)
                FROM changes_stepmeasure m WHERE m.step_id = r.id))
            FROM changes_rolloutstep r WHERE r.change_id = c.id ORDER BY r.id DESC LIMIT 1)) END
"""  # noqa: S608 a condition of ours


def canary(told: list[Any] | None, *, state: str) -> CanaryFacts | None:
    """What `CANARY` told of a change in this state.

    A change that runs after a step ended begins anew, so that has reached none.
    """
    if told is None:
        return None
    steps, minutes, step = told
    reached = None
    if step is not None and not (step[1] == StepState.ENDED and state == State.IMPLEMENTING):
        percent, state, measures = step
        reached = StepFacts(percent, StepState(state), tuple(map(_measure, measures or ())))
    return CanaryFacts(planned(steps=steps, minutes=minutes), reached)


def _measure(row: list[Any]) -> MeasureFacts:
    name, soak, interval, since, last_at, word, said, misses, allowed = row
    return MeasureFacts(
        name,
        timedelta(seconds=float(soak)),
        timedelta(seconds=float(interval)),
        datetime.fromisoformat(since) if since else None,
        datetime.fromisoformat(last_at) if last_at else None,
        word=word,
        said=said,
        misses=misses,
        failures_allowed=allowed,
    )
