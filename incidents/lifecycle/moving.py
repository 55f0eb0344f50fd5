"""The verbs that lead from state to state. See Note [States passed on the way]."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from incidents.lifecycle import clocks, postmortems, verifying
from incidents.lifecycle.asking import demand, locked, record
from incidents.models import Incident
from incidents.states import MOVES, State, passed
from ledger.decision import rfc3339

VERBS = {
    "acknowledge": "incident.acknowledged",
    "mitigate": "incident.mitigated",
    "resolve": "incident.resolved",
    "close": "incident.closed",
    "reopen": "incident.reopened",
}


def acknowledge(*, ref: str, actor: User | None, now: datetime, note: str = "") -> Incident:
    """Say that somebody is on it."""
    return _move("acknowledge", ref=ref, actor=actor, now=now, note=note)


def mitigate(*, ref: str, actor: User | None, now: datetime, note: str = "") -> Incident:
    """Say that it hurts nobody for now, though its cause may still be there."""
    return _move("mitigate", ref=ref, actor=actor, now=now, note=note)


def resolve(*, ref: str, actor: User | None, now: datetime, note: str = "") -> Incident:
    """Say that service is restored; the gate no longer holds changes for it."""
    columns = {"resolution": note.strip()}
    return _move("resolve", ref=ref, actor=actor, now=now, note=note, columns=columns)


def close(*, ref: str, note: str, actor: User | None, now: datetime) -> Incident:
    """End it with a note on how it ended, from any state: what was not said before is passed."""
    if not note.strip():
        raise ValidationError({"note": "Say how the incident ended."})
    columns = {"closing_note": note.strip()}
    return _move("close", ref=ref, actor=actor, now=now, note=note, columns=columns)


def reopen(*, ref: str, actor: User | None, now: datetime, note: str) -> Incident:
    """Say that the trouble is back; how it had ended stays on the timeline."""
    if not note.strip():
        raise ValidationError({"note": "Say what is back."})
    return _move("reopen", ref=ref, actor=actor, now=now, note=note)


def _move(
    verb: str,
    *,
    ref: str,
    actor: User | None,
    now: datetime,
    note: str,
    columns: Mapping[str, Any] | None = None,
) -> Incident:
    with transaction.atomic():
        incident = locked(ref)
        demand(verb, actor=actor, incident=incident)
        source, target = State(incident.state), MOVES[verb].target
        between = () if verb == "reopen" else passed(verb, source=source)
        restores = State.RESOLVED in (*between, target)
        known = (
            verifying.demand(verb, incident, actor=actor, note=note, now=now) if restores else {}
        )
        written = {
            **(columns or {}),
            **(_again(incident) if verb == "reopen" else {}),
            **stamps(incident, verb, (*between, target), actor=actor, now=now),
            "state": str(target),
        }
        told = {
            **({"note": note.strip()} if note.strip() else {}),
            **({"passed": [str(one) for one in between]} if between else {}),
            **({"was": str(source)} if verb == "reopen" else {}),
            **known,
        }
        for name, value in written.items():
            setattr(incident, name, value)
        incident.save(update_fields=list(written))
        beside: list[Any] = list(clocks.follow(incident, was=source, now=now))
        if restores:
            owed = postmortems.owe(incident, now=now)
            beside += owed
            if owed:
                told["postmortem_due_at"] = rfc3339(owed[0].due_at)
        record(incident, VERBS[verb], actor=actor, now=now, told=told, beside=beside)
    return incident


def stamps(
    incident: Incident,
    verb: str,
    states: tuple[State, ...],
    *,
    actor: User | None,
    now: datetime,
) -> dict[str, Any]:
    """When and by whom each of the states was reached; the first acknowledgement stands."""
    reached = [str(state) for state in states]
    if incident.acknowledged_at is not None and "acknowledged" in reached:
        reached.remove("acknowledged")
    if verb == "reopen":
        reached.append("reopened")
    return {
        name: value
        for state in reached
        for name, value in ((f"{state}_at", now), (f"{state}_by", actor))
    }


def _again(incident: Incident) -> dict[str, Any]:
    """What an incident that is open again no longer says."""
    gone = {
        f"{state}_{word}": None
        for state in ("mitigated", "resolved", "closed")
        for word in ("at", "by")
    }
    return {**gone, "resolution": "", "closing_note": "", "folded_into": None, "folded_as": ""}
