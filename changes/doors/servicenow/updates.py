"""A body of ServiceNow's fields that is written in a change. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from changes.doors.servicenow.fields import WrongField, written
from changes.doors.servicenow.states import step_to
from changes.runs import Update

NOTES = ("close_notes", "work_notes", "comments")
LONGEST_NOTE = 10_000
KNOWN = frozenset({"state", "close_code", *NOTES})


@dataclass(frozen=True, slots=True)
class Asked:
    """The update a body asks for, and the fields in it that mean nothing here."""

    update: Update
    ignored: tuple[str, ...]


def asked_in(body: Mapping[str, Any], *, was: str) -> Asked:
    """What a body asks of a change that is in state `was`. Raises `WrongField`."""
    told = written(body)
    state = _text(body, "state")
    try:
        step = step_to(state, close_code=_text(body, "close_code"), was=was) if state else None
    except ValueError as wrong:
        raise WrongField(str(wrong)) from None
    note = "\n".join(filter(None, (_text(body, name) for name in NOTES)))
    ignored = tuple(name for name in told.ignored if name not in KNOWN)
    return Asked(Update(told.words, step, note), ignored)


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise WrongField(f"{name}: Give a text.")
    text = str(value).strip()
    if len(text) > LONGEST_NOTE:
        raise WrongField(f"{name}: Give at most {LONGEST_NOTE:,} characters.")
    return text
