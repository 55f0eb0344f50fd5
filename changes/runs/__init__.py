"""Runs of other tools' pipelines: the change each asks for, and what the gate says to it."""

from changes.runs.asking import ASKED, Opened, ask_for_change
from changes.runs.looking import Seen, newest, see, see_run
from changes.runs.run import NotMapped, Run, demand_template, place_of
from changes.runs.standing import Standing, Word, report, standing_of, told
from changes.runs.updating import NOTED, Step, Update, update

__all__ = [
    "ASKED",
    "NOTED",
    "NotMapped",
    "Opened",
    "Run",
    "Seen",
    "Standing",
    "Step",
    "Update",
    "Word",
    "ask_for_change",
    "demand_template",
    "newest",
    "place_of",
    "report",
    "see",
    "see_run",
    "standing_of",
    "told",
    "update",
]
