"""The only writer of an incident's row: lock, decide, write, record; one transaction.

Every function takes `actor`, None where Tidegate itself acts, and `now`. It raises `Refused` with
the whole Decision when the rules say no, `ValidationError` for what was given, and
`Incident.DoesNotExist` for an unknown ref. Nothing is written then.
"""

from incidents.lifecycle.asking import standing
from incidents.lifecycle.declaring import declare
from incidents.lifecycle.folding import Part, mark_duplicate, merge, split
from incidents.lifecycle.following import Told, follow_alerts
from incidents.lifecycle.moving import acknowledge, close, mitigate, reopen, resolve
from incidents.lifecycle.notes import correct, note, pin
from incidents.lifecycle.people import affect, assign, assign_commander
from incidents.lifecycle.postmortems import write_postmortem
from incidents.lifecycle.severities import measure, set_severity
from incidents.lifecycle.tasks import add_task, assign_task, say_task, tick
from incidents.lifecycle.updating import updated

__all__ = [
    "Part",
    "Told",
    "acknowledge",
    "add_task",
    "affect",
    "assign",
    "assign_commander",
    "assign_task",
    "close",
    "correct",
    "declare",
    "follow_alerts",
    "mark_duplicate",
    "measure",
    "merge",
    "mitigate",
    "note",
    "pin",
    "reopen",
    "resolve",
    "say_task",
    "set_severity",
    "split",
    "standing",
    "tick",
    "updated",
    "write_postmortem",
]
