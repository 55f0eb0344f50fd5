"""Trying a rule or a window on the past: asked for by a person, worked on in chunks by workers."""

from changes.backtests.asking import LONGEST_DAYS, cancel, of_rule, of_window
from changes.backtests.working import due, fail, work

__all__ = ["LONGEST_DAYS", "cancel", "due", "fail", "of_rule", "of_window", "work"]
