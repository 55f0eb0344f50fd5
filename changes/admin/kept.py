"""Rows that change managers keep, as `ledger.admin.kept` has them."""

from ledger.admin.kept import KeptAdmin, KeptForm, said_by

__all__ = ["KeptAdmin", "KeptForm", "said_by"]
