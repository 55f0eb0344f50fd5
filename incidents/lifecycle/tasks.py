"""What has to be done: tasks, and the checklists of the first minutes."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from catalog.models import User
from incidents.lifecycle.asking import demand, locked, record
from incidents.models import ChecklistItem, ChecklistTick, Incident, IncidentTask

State = IncidentTask.State
# Verb → from, to, the event's.
WORK = {
    "finish": (State.OPEN, State.DONE, "incident.task_done"),
    "drop": (State.OPEN, State.DROPPED, "incident.task_dropped"),
    "reopen": (None, State.OPEN, "incident.task_reopened"),
}
LONGEST_TITLE = 200


def add_task(
    *, ref: str, title: str, actor: User | None, now: datetime, assignee: User | None = None
) -> IncidentTask:
    """Add something to be done, for somebody or for whoever takes it."""
    title = " ".join(title.split())
    if not title:
        raise ValidationError({"title": "Say what has to be done."})
    if len(title) > LONGEST_TITLE:
        raise ValidationError({"title": f"Say it in {LONGEST_TITLE} characters at most."})
    _demand_person(assignee)
    with transaction.atomic():
        incident = locked(ref)
        demand("add_task", actor=actor, incident=incident)
        row = IncidentTask(
            incident=incident,
            number=next_number(incident),
            title=title,
            assignee=assignee,
            added_at=now,
            added_by=actor,
        )
        row.save(force_insert=True)
        _record(incident, "incident.task_added", row, actor=actor, now=now)
    return row


def assign_task(
    *, ref: str, number: int, assignee: User | None, actor: User | None, now: datetime
) -> IncidentTask:
    """Give a task to somebody, or to nobody. Saying it again changes nothing."""
    _demand_person(assignee)
    with transaction.atomic():
        incident = locked(ref)
        demand("work_on_task", actor=actor, incident=incident)
        row = numbered(incident, number)
        if row.assignee == assignee:
            return row
        row.assignee = assignee
        row.save(update_fields=["assignee"])
        _record(incident, "incident.task_assigned", row, actor=actor, now=now)
    return row


def say_task(
    *, ref: str, number: int, verb: str, actor: User | None, now: datetime
) -> IncidentTask:
    """Finish, drop or reopen a task. Saying it again changes nothing."""
    if verb not in WORK:
        raise ValidationError({"verb": f"Use one of: {', '.join(WORK)}."})
    source, target, event = WORK[verb]
    with transaction.atomic():
        incident = locked(ref)
        demand("work_on_task", actor=actor, incident=incident)
        row = numbered(incident, number)
        if row.state == target:
            return row
        if source is not None and row.state != source:
            raise ValidationError(
                {"number": f"Task {number} is {row.get_state_display().lower()}: reopen it first."}
            )
        row.state = target
        over = target != State.OPEN
        row.ended_at, row.ended_by = (now, actor) if over else (None, None)
        row.save(update_fields=["state", "ended_at", "ended_by"])
        _record(incident, event, row, actor=actor, now=now)
    return row


def tick(
    *, ref: str, item: int, actor: User | None, now: datetime, done: bool = True
) -> ChecklistTick | None:
    """Say that a step of the checklist was taken, or take that back; both are recorded."""
    with transaction.atomic():
        incident = locked(ref)
        demand("tick", actor=actor, incident=incident)
        step = ChecklistItem.objects.filter(pk=item).first()
        if step is None:
            raise ValidationError({"item": f"There is no step {item}."})
        row = ChecklistTick.objects.filter(incident=incident, item=step, unticked_at=None).first()
        if (row is not None) == done:
            return row
        if row is None:
            row = ChecklistTick(
                incident=incident, item=step, text=step.text, ticked_at=now, ticked_by=actor
            )
        else:
            row.unticked_at = now
        row.save()
        verb = "incident.step_taken" if done else "incident.step_taken_back"
        told = {"step": row.text, "within_minutes": step.within_minutes}
        record(incident, verb, actor=actor, now=now, told=told, beside=[row])
    return row


def next_number(incident: Incident) -> int:
    """The number of the incident's next task."""
    last = IncidentTask.objects.filter(incident=incident).aggregate(last=Max("number"))["last"]
    return int(last or 0) + 1


def numbered(incident: Incident, number: int) -> IncidentTask:
    """A task by its number; raises `ValidationError` where there is none."""
    rows = IncidentTask.objects.filter(incident=incident, number=number)
    row = rows.select_related("assignee").first()
    if row is None:
        raise ValidationError({"number": f"{incident.ref} has no task {number}."})
    return row


def _demand_person(person: User | None) -> None:
    if person is not None and (person.is_robot or not person.is_active):
        raise ValidationError({"assignee": "Choose an active person."})


def _record(
    incident: Incident, verb: str, row: IncidentTask, *, actor: User | None, now: datetime
) -> None:
    told = {
        "number": row.number,
        "task": row.title,
        "assignee": row.assignee.username if row.assignee else None,
    }
    record(incident, verb, actor=actor, now=now, told=told, beside=[row])
