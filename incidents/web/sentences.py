"""What an event of an incident says, in words that follow its actor's name. Pure."""

from typing import Any, Final

LINKED: Final = {
    "suspect": "may have caused it",
    "caused": "caused it",
    "dismissed": "did not cause it",
    "fixes": "fixes it",
    "mitigated_by": "mitigates it",
}
FIXED: Final = {
    "incident.acknowledged": "acknowledged it",
    "incident.alerts_ended": "saw all of its alerts end",
    "incident.response_due_soon": "nagged: nobody has acknowledged it, and an answer is due soon",
    "incident.response_overdue": "saw the answer overdue: nobody has acknowledged it",
    "incident.update_due_soon": "nagged: the next update is due soon",
    "incident.update_overdue": "saw the next update overdue",
    "incident.postmortem_due_soon": "nagged: its postmortem is due soon",
    "incident.postmortem_overdue": "saw its postmortem overdue",
}


def sentence(verb: str, told: dict[str, Any]) -> str:
    """`closed it`, `put ada in command`: what was done."""
    return (
        FIXED.get(verb)
        or _moved(verb, told)
        or _people(verb, told)
        or _work(verb, told)
        or _others(verb, told)
        or verb.partition(".")[2].replace("_", " ")
        or verb
    )


def _moved(verb: str, told: dict[str, Any]) -> str:
    match verb:
        case "incident.declared":
            return f"declared it as SEV-{told.get('severity')} on {told.get('service')}"
        case "incident.mitigated" | "incident.resolved" | "incident.closed":
            return f"{verb.partition('.')[2]} it{_passed(told)}{_verified(told)}"
        case "incident.reopened":
            return f"reopened it; it was {told.get('was')}"
        case "incident.severity_changed":
            return f"made it SEV-{told.get('severity')}; it was SEV-{told.get('before')}"
        case "incident.severity_kept":
            return f"kept it SEV-{told.get('severity')}, as {_decided(told)}, {_against(told)}"
        case "incident.onset_moved":
            return f"moved its beginning from {_minute(told, 'before')} to \
{_minute(told, 'onset_at')}, when the alert “{told.get('alert')}” began"
        case "incident.measured":
            return f"said what it affects: {_figures(told)}"
    return ""


def _people(verb: str, told: dict[str, Any]) -> str:
    match verb:
        case "incident.commander_assigned":
            return f"put {told.get('commander')} in command"
        case "incident.role_assigned":
            return f"made {told.get('person')} its {told.get('role')}"
        case "incident.role_ended":
            return f"ended who was its {told.get('role')}"
        case "incident.service_added":
            return f"said that it touches {told.get('service')} too"
        case "incident.service_removed":
            return f"said that it no longer touches {told.get('service')}"
    return ""


def _work(verb: str, told: dict[str, Any]) -> str:
    task, to = told.get("task"), told.get("assignee")
    match verb:
        case "incident.task_added":
            return f"added a task: {task}{f', for {to}' if to else ''}"
        case "incident.task_assigned":
            return f"gave a task to {to or 'nobody'}: {task}"
        case "incident.task_done":
            return f"did a task: {task}"
        case "incident.task_dropped":
            return f"dropped a task: {task}"
        case "incident.task_reopened":
            return f"reopened a task: {task}"
        case "incident.step_taken":
            return f"took a step: {told.get('step')}"
        case "incident.step_taken_back":
            return f"took back a step: {told.get('step')}"
    return ""


def _others(verb: str, told: dict[str, Any]) -> str:
    match verb:
        case "incident.linked":
            return f"said that {told.get('change')} {LINKED.get(str(told.get('relation')))}"
        case "incident.merged":
            return f"merged it into {told.get('into')}"
        case "incident.marked_duplicate":
            return f"said that it is a duplicate of {told.get('into')}"
        case "incident.took_in":
            return f"made {told.get('other')} part of it{_touching(told)}"
        case "incident.split":
            return f"split off {told.get('into')}"
        case "incident.split_off":
            return f"split it off {told.get('from')}"
        case "incident.not_resolved_by_alerts":
            return f"did not resolve it, though its alerts have ended: {told.get('why')}"
        case "incident.alerts_joined" | "incident.alerts_fire_again":
            again = " again" if verb.endswith("again") else ""
            return f"saw alerts fire{again}, {told.get('firings')} so far: {_listed(told)}"
        case "incident.postmortem_written":
            return f"said where its postmortem stands: {told.get('address')}"
        case "incident.update_published":
            public = "everybody" if told.get("public") else "the house"
            return f"published an update for {public}"
    return ""


def _touching(told: dict[str, Any]) -> str:
    named = ", ".join(str(one) for one in told.get("services") or ())
    return f", so that it touches {named} too" if named else ""


def _passed(told: dict[str, Any]) -> str:
    """See Note [States passed on the way] in `incidents.states`."""
    passed = told.get("passed") or []
    return f", without having {' or '.join(passed)} it before" if passed else ""


def _verified(told: dict[str, Any]) -> str:
    """See Note [Verified before it is resolved] in `incidents.policies.resolution`."""
    if told.get("not_verified"):
        return f", not verified: {' '.join(told['not_verified'])}"
    names = [str(one.get("check")) for one in told.get("verified") or ()]
    return f", verified: {', '.join(names)} green twice" if names else ""


def _decided(told: dict[str, Any]) -> str:
    why = f": “{told['why']}”" if told.get("why") else ""
    return f"{told.get('by')} decided at {_minute(told, 'said_at')}{why}"


def _against(told: dict[str, Any]) -> str:
    return f"though the alert “{told.get('alert')}” is SEV-{told.get('alert_severity')}"


def _minute(told: dict[str, Any], name: str) -> str:
    return str(told.get(name, ""))[:16].replace("T", " ") + " UTC"


def _figures(told: dict[str, Any]) -> str:
    users, money = told.get("users_affected"), told.get("money_affected")
    found = [f"{users} users"] if users is not None else []
    found += [f"{money} {told.get('currency')}"] if money is not None else []
    return " and ".join(found) or "nothing that is known"


def _listed(told: dict[str, Any]) -> str:
    return "; ".join(str(title) for title in told.get("titles") or ())
