"""Checks that we run: looking at an address or at a figure, now and again until it has held."""

from changes.sampling.comparing import look_at_canary
from changes.sampling.looking import look
from changes.sampling.stepping import look_at_steps
from changes.sampling.working import look_at_due

__all__ = ["look", "look_at_canary", "look_at_due", "look_at_steps"]
