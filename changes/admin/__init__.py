"""The CAB's desk in the admin: changes to vote on, rules, windows, templates."""

from changes.admin.queue import ChangeAdmin

__all__ = ["ChangeAdmin"]
