"""Silencing the alerts of a change's service in Alertmanager while it is being implemented."""

from changes.silences.following import look_at_due, want

__all__ = ["look_at_due", "want"]
