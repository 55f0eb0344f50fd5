"""Somebody goes on leave and lets somebody else vote meanwhile."""

from changes import leave
from changes.demo.stage import Stage, Story


def owners_week_off(stage: Stage) -> Story:
    """The service owner is away in three weeks; a peer votes for them then."""
    day = stage.clock.day
    now = yield day(-1, 16, 40)
    actor = stage.person("owner")
    period = {"starts_at": day(15, 0), "ends_at": day(20, 0)}
    leave.go(person="owner", actor=actor, now=now, note="Sailing", **period)
    leave.delegate(
        delegator="owner",
        delegate="peer",
        actor=actor,
        now=now,
        note="Ask me on paper if in doubt.",
        **period,
    )


STORIES = (owners_week_off,)
