"""Windows: half-open intervals, recurrence in wall time, scopes, the next opening. Pure."""

from changes.windows.holding import (
    blocking_freezes,
    frozen_until,
    in_force,
    next_freeze,
    next_maintenance,
    occurrences,
    open_until,
    openings,
)
from changes.windows.interval import HORIZON, Interval, plannable
from changes.windows.lifting import Lift, lift
from changes.windows.recurrence import refuse_unknown_rule
from changes.windows.timeline import Timeline
from changes.windows.window import (
    Effect,
    InFlight,
    Level,
    Listed,
    Occurrence,
    Recurrence,
    Window,
)

__all__ = [
    "HORIZON",
    "Effect",
    "InFlight",
    "Interval",
    "Level",
    "Lift",
    "Listed",
    "Occurrence",
    "Recurrence",
    "Timeline",
    "Window",
    "blocking_freezes",
    "frozen_until",
    "in_force",
    "lift",
    "next_freeze",
    "next_maintenance",
    "occurrences",
    "open_until",
    "openings",
    "plannable",
    "refuse_unknown_rule",
]
