"""Our changes and templates as records of ServiceNow's: of each field its value, and as shown."""

from collections.abc import Iterable
from typing import Any

from changes.doors.servicenow.fields import theirs as instant
from changes.doors.servicenow.states import NEXT, Theirs, theirs
from changes.doors.servicenow.sys_ids import CHANGE, TEMPLATE, sys_id
from changes.models import Change, Template
from changes.runs import Seen

Record = dict[str, Any]
CLOSE_CODES = {
    "successful": ("successful", "Successful"),
    "successful_with_issues": ("successful_issues", "Successful with issues"),
    "rolled_back": ("unsuccessful", "Unsuccessful"),
    "failed": ("unsuccessful", "Unsuccessful"),
}
RISKS = {"high": ("2", "High"), "medium": ("3", "Moderate"), "low": ("4", "Low")}


def pair(value: str, shown: str | None = None) -> dict[str, str]:
    return {"value": value, "display_value": value if shown is None else shown}


def state_of(seen: Seen) -> Theirs:
    """The state a change is shown in; see Note [Implement means go] in `states`."""
    change = seen.change
    return theirs(str(change.state), kind=change.kind, waits_for=seen.waits_for, may_go=seen.may_go)


def record(seen: Seen, *, ignored: Iterable[str] = ()) -> Record:
    """A change; `u_tidegate_reasons` says why it is not in Implement."""
    change, state = seen.change, state_of(seen)
    why = "\n".join(f"{one.message} {one.remedy}".strip() for one in seen.reasons)
    closed, risk = CLOSE_CODES.get(change.outcome, ("", "")), RISKS[change.risk_level]
    held = "true" if change.held_at else "false"
    return {
        **identity(change),
        "state": pair(str(int(state)), state.label),
        "type": pair(change.kind, change.kind.capitalize()),
        "short_description": pair(change.title),
        "description": pair(change.description),
        "justification": pair(change.justification),
        "implementation_plan": pair(change.implementation_plan),
        "backout_plan": pair(change.rollback_plan),
        "test_plan": pair(change.test_plan),
        "start_date": pair(instant(change.planned_start_at)),
        "end_date": pair(instant(change.planned_end_at)),
        "work_start": pair(instant(change.started_at)),
        "work_end": pair(instant(change.finished_at)),
        "sys_created_on": pair(instant(change.created_at)),
        "opened_by": pair(change.author.username),
        "business_service": pair(change.service.slug, change.service.name),
        "on_hold": pair(held),
        "on_hold_reason": pair(change.hold_reason),
        "risk": pair(*risk),
        "close_code": pair(*closed),
        "close_notes": pair(change.closing_note),
        "u_tidegate_reasons": pair(why),
        "__meta": {"ignoredFields": list(ignored)},
    }


def identity(change: Change) -> Record:
    return {"sys_id": pair(sys_id(CHANGE, change.pk)), "number": pair(change.ref)}


def template_record(template: Template) -> Record:
    return {
        "sys_id": pair(sys_id(TEMPLATE, template.pk)),
        "sys_name": pair(template.name),
        "name": pair(template.name),
        "short_description": pair(template.title),
        "active": pair("true"),
        "__meta": {"ignoredFields": []},
    }


def next_states(state: Theirs) -> Record:
    """The state a change is in, and those a client may ask for next."""
    there = (state, *NEXT[state])
    return {
        "available_states": [str(int(one)) for one in there],
        "state_transitions": [
            [
                {
                    "from_state": str(int(state)),
                    "to_state": str(int(one)),
                    "display_value": one.label,
                    "transition_available": True,
                    "automatic_transition": False,
                    "conditions": [],
                }
            ]
            for one in NEXT[state]
        ],
        "state_label": {str(int(one)): one.label for one in there},
    }
