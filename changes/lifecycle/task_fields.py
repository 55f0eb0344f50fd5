"""The sentences for what may not be written in a task."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError

from changes.models import Change, Task
from changes.policies import Facts
from changes.policies.reasons import moment
from changes.states import TaskKind


def check_fields(task: Task, *, change: Change, facts: Facts, unknown: Sequence[str]) -> None:
    """Raise `ValidationError` with every wrong field of a task, new or edited."""
    wrong = dict.fromkeys(unknown, "A task has no such field.")
    if not task.title:
        wrong["title"] = "Say what is to be done."
    try:
        task.clean_fields(exclude=["change", "assignee", *wrong])
    except ValidationError as problem:
        wrong |= {name: " ".join(some) for name, some in problem.message_dict.items()}
    wrong |= _wrong_assignee(task, facts) | _wrong_period(task, change=change, facts=facts)
    if wrong:
        raise ValidationError(wrong)


def _wrong_assignee(task: Task, facts: Facts) -> dict[str, str]:
    person = task.assignee
    if person is None:
        return {}
    if not person.is_active:
        return {"assignee": f"{person.username} is no longer active: name somebody else."}
    approved = {vote.voter for vote in facts.votes if vote.decision == "approve"}
    if task.kind == TaskKind.IMPLEMENT and person.username in approved:
        return {
            "assignee": f"{person.username} approved this change, so somebody else implements it."
        }
    return {}


def _wrong_period(task: Task, *, change: Change, facts: Facts) -> dict[str, str]:
    start, end = task.planned_start_at, task.planned_end_at
    for name, instant in (("planned_start_at", start), ("planned_end_at", end)):
        if instant is not None and instant.tzinfo is None:
            return {name: "Give the time with its offset, such as 2026-11-23T09:00:00+01:00."}
    if (start is None) != (end is None):
        missing = "planned_end_at" if end is None else "planned_start_at"
        return {missing: "Give both the planned start and the planned end, or neither."}
    if start is None or end is None:
        return {}
    if end <= start:
        return {"planned_end_at": "The planned end must come after the planned start."}
    if change.planned_start_at is None or change.planned_end_at is None:
        return {"planned_start_at": f"Plan {change.ref} first: a task lies inside its period."}
    wrong = {}
    if start < change.planned_start_at:
        from_ = moment(change.planned_start_at, facts.zone)
        wrong["planned_start_at"] = f"{change.ref} is planned from {from_}: not before that."
    if end > change.planned_end_at:
        until = moment(change.planned_end_at, facts.zone)
        wrong["planned_end_at"] = f"{change.ref} is planned until {until}: not after that."
    return wrong
