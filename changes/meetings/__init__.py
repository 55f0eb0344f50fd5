"""Meetings of the CAB: planned, filled, closed, held; items decided; minutes kept and mailed.

Every function takes `actor` and `now`, raises `Refused` with the whole Decision when the rules say
no, `ValidationError` with a sentence for each wrong field, and `NoSuchMeeting`; nothing is written
then. The rules are in `changes.policies.meetings`.
"""

from changes.meetings.agendas import add, close_agenda
from changes.meetings.boards import check, save
from changes.meetings.holding import begin_item, close_item, complete, defer_item, end, start
from changes.meetings.minutes import write
from changes.meetings.ticking import tick

__all__ = [
    "add",
    "begin_item",
    "check",
    "close_agenda",
    "close_item",
    "complete",
    "defer_item",
    "end",
    "save",
    "start",
    "tick",
    "write",
]
