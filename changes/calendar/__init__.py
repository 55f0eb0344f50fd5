"""The calendar's writers: of windows, and of what a window must be."""

from changes.calendar.checking import EDITABLE
from changes.calendar.writing import check, create, deactivate, edit, save, tried

__all__ = ["EDITABLE", "check", "create", "deactivate", "edit", "save", "tried"]
