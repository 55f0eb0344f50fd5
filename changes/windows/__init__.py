"""Windows: half-open intervals, recurrence in wall time, scopes, the next opening. Pure."""

from changes.windows.holding import (
    frozen_until,
    in_force,
    next_freeze,
    next_maintenance,
    occurrences,
    open_until,
)
from changes.windows.interval import HORIZON, Interval, plannable
from changes.windows.recurrence import refuse_unknown_rule
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
    "Listed",
    "Occurrence",
    "Recurrence",
    "Window",
    "frozen_until",
    "in_force",
    "next_freeze",
    "next_maintenance",
    "occurrences",
    "open_until",
    "plannable",
    "refuse_unknown_rule",
]
