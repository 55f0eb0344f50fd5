"""Runs of other tools' pipelines that asked once, and are told when the gate has decided.

Each tool has a folder of its own, which says how it is answered; what becomes of a run is the same
for all.
"""

from changes.waiting_runs.arriving import TASK, Arrival, arrive
from changes.waiting_runs.ending import give_up_by_hand
from changes.waiting_runs.looking import look_at_due
from changes.waiting_runs.watching import watch

__all__ = ["TASK", "Arrival", "arrive", "give_up_by_hand", "look_at_due", "watch"]
