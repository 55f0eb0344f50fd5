"""What is done in the war room besides moving the incident: one form, one call each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.models import User
from incidents import lifecycle
from incidents.models import Incident
from incidents.queries import room
from incidents.web import room_forms
from incidents.web.forms import VerbForm

Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """`do` answers the sentence that is shown, and may name the incident to go on with."""

    form: type[VerbForm]
    do: Callable[..., str]
    goes_on: bool = False


def form_for(act: str, incident: Incident, *args: Any) -> VerbForm:
    """The form of an act, with what the incident offers to choose from."""
    if act == "split":
        return room_forms.SplitForm(
            *args,
            alerts=[(row.pk, row.title) for row in room.alerts(incident)],
            tasks=[(row.number, row.title) for row in room.tasks(incident)],
        )
    return ACTS[act].form(*args)


def do(act: str, incident: Incident, given: Said, *, actor: User, now: datetime) -> str:
    """Do it; answers what to say of it."""
    return ACTS[act].do(given, ref=incident.ref, actor=actor, now=now)


def _note(given: Said, **who: Any) -> str:
    lifecycle.note(**given, **who)
    return "Written down."


def _correct(given: Said, **who: Any) -> str:
    lifecycle.correct(**given, **who)
    return "Corrected. What it said before stays below it."


def _pin(given: Said, **who: Any) -> str:
    lifecycle.pin(**given, **who)
    return "Pinned." if given["pinned"] else "No longer pinned."


def _add_task(given: Said, **who: Any) -> str:
    row = lifecycle.add_task(**given, **who)
    return f"Added task {row.number}."


def _say_task(given: Said, **who: Any) -> str:
    verb = given["verb_of_task"]
    if verb == "take":
        lifecycle.assign_task(number=given["number"], assignee=who["actor"], **who)
        return f"Task {given['number']} is yours."
    row = lifecycle.say_task(number=given["number"], verb=verb, **who)
    return f"Task {row.number} is {row.get_state_display().lower()}."


def _tick(given: Said, **who: Any) -> str:
    lifecycle.tick(**given, **who)
    return "Step taken." if given["done"] else "Step taken back."


def _assign(given: Said, **who: Any) -> str:
    lifecycle.assign(**given, **who)
    return f"{given['person'].label if given['person'] else 'Nobody'}: {given['role']}."


def _severity(given: Said, **who: Any) -> str:
    row = lifecycle.set_severity(**given, **who)
    return f"{row.ref} is SEV-{row.severity}."


def _measure(given: Said, **who: Any) -> str:
    lifecycle.measure(**given, **who)
    return "Kept what it affects."


def _affect(given: Said, **who: Any) -> str:
    lifecycle.affect(**given, **who)
    return f"{given['service'].slug}: {'affected' if given['affected'] else 'no longer affected'}."


def _postmortem(given: Said, **who: Any) -> str:
    lifecycle.write_postmortem(**given, **who)
    return "Kept where its postmortem stands."


def _fold(given: Said, **who: Any) -> str:
    into, note = given["into"].strip().upper(), given["note"]
    if given["how"] == "merge":
        return lifecycle.merge(into=into, note=note, **who).ref
    return lifecycle.mark_duplicate(of=into, note=note, **who).ref


def _split(given: Said, **who: Any) -> str:
    part = lifecycle.Part(alerts=given.get("alerts", ()), tasks=given.get("tasks", ()))
    return lifecycle.split(title=given["title"], part=part, **who).ref


ACTS: dict[str, Act] = {
    "note": Act(room_forms.NoteForm, _note),
    "correct": Act(room_forms.CorrectForm, _correct),
    "pin": Act(room_forms.PinForm, _pin),
    "add-task": Act(room_forms.TaskForm, _add_task),
    "say-task": Act(room_forms.TaskVerbForm, _say_task),
    "tick": Act(room_forms.TickForm, _tick),
    "assign": Act(room_forms.RoleForm, _assign),
    "severity": Act(room_forms.SeverityForm, _severity),
    "measure": Act(room_forms.MeasureForm, _measure),
    "affect": Act(room_forms.AffectForm, _affect),
    "postmortem": Act(room_forms.PostmortemForm, _postmortem),
    "fold": Act(room_forms.FoldForm, _fold, goes_on=True),
    "split": Act(room_forms.SplitForm, _split, goes_on=True),
}
