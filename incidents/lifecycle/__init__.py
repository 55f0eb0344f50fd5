"""The only writer of an incident's row: lock, decide, write, record; one transaction.

Every function takes `actor`, None where Tidegate itself acts, and `now`. It raises `Refused` with
the whole Decision when the rules say no, `ValidationError` for what was given, and
`Incident.DoesNotExist` for an unknown ref. Nothing is written then.
"""

from incidents.lifecycle.asking import standing
from incidents.lifecycle.declaring import declare
from incidents.lifecycle.moving import acknowledge, close, mitigate, reopen, resolve
from incidents.lifecycle.people import assign_commander

__all__ = [
    "acknowledge",
    "assign_commander",
    "close",
    "declare",
    "mitigate",
    "reopen",
    "resolve",
    "standing",
]
