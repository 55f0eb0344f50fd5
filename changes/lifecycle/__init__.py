"""The only writer of `Change.state`: lock, gather facts, decide, move, record; one transaction.

Every function takes `actor` and `now`, raises `Refused` with the whole Decision when the rules say
no, and `NoSuchChange` for an unknown ref. Nothing is written then.
"""

from changes.lifecycle.check_runs import run_check
from changes.lifecycle.closing_itself import close_due, close_itself
from changes.lifecycle.detecting import clear, detect
from changes.lifecycle.drafts import create, edit
from changes.lifecycle.ending import cancel, close, finish, report_check, review, roll_back
from changes.lifecycle.moving import locked_facts, move
from changes.lifecycle.running import (
    approve,
    break_glass,
    hold,
    resume,
    retry,
    revise,
    start,
    submit,
)
from changes.lifecycle.tasks import NoSuchTask, add_task, edit_task, say_task

__all__ = [
    "NoSuchTask",
    "add_task",
    "approve",
    "break_glass",
    "cancel",
    "clear",
    "close",
    "close_due",
    "close_itself",
    "create",
    "detect",
    "edit",
    "edit_task",
    "finish",
    "hold",
    "locked_facts",
    "move",
    "report_check",
    "resume",
    "retry",
    "review",
    "revise",
    "roll_back",
    "run_check",
    "say_task",
    "start",
    "submit",
]
