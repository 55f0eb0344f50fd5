"""Votes that are late, and votes that nobody is left to give."""

from changes.escalations.due import chase
from changes.escalations.gaps import look_for_gaps

__all__ = ["chase", "look_for_gaps"]
