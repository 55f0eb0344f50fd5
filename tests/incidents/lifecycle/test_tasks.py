"""Tasks and checklists."""

import pytest
from django.core.exceptions import ValidationError

from catalog.models import User
from config import recorded_rows
from incidents import lifecycle
from incidents.models import ChecklistItem, ChecklistTick, IncidentTask
from ledger import timeline, verify
from ledger.decision import Refused

pytestmark = pytest.mark.django_db


def verbs(ref: str) -> list[str]:
    return list(timeline.events_of(subject=ref).values_list("verb", flat=True))[1:]


def broken() -> list[str]:
    seen = verify.Seen(lambda seen: None)
    return [fault.message for fault in verify.faults(rows=recorded_rows.ROWS, seen=seen)]


def test_a_task_is_added_given_done_and_reopened(declared, oncall, now):
    ref = declared().ref
    say = {"ref": ref, "actor": oncall, "now": now}

    lifecycle.add_task(title=" Call  the bank ", **say)
    lifecycle.assign_task(number=1, assignee=oncall, **say)
    lifecycle.say_task(number=1, verb="finish", **say)
    lifecycle.say_task(number=1, verb="finish", **say)
    done = IncidentTask.objects.get()
    lifecycle.say_task(number=1, verb="reopen", **say)
    lifecycle.add_task(title="Tell support", assignee=oncall, **say)
    lifecycle.say_task(number=2, verb="drop", **say)

    assert (done.title, done.state, done.ended_by) == ("Call the bank", "done", oncall)
    assert list(IncidentTask.objects.values_list("number", "state")) == [
        (1, "open"),
        (2, "dropped"),
    ]
    assert [verb.removeprefix("incident.task_") for verb in verbs(ref)] == [
        "added",
        "assigned",
        "done",
        "reopened",
        "added",
        "dropped",
    ]
    assert broken() == []


def test_what_is_no_task_is_refused(declared, oncall, now):
    ref = declared().ref
    say = {"ref": ref, "actor": oncall, "now": now}

    with pytest.raises(ValidationError, match="Say what has to be done"):
        lifecycle.add_task(title=" ", **say)
    with pytest.raises(ValidationError, match="has no task 3"):
        lifecycle.say_task(number=3, verb="finish", **say)
    lifecycle.add_task(title="x", **say)
    lifecycle.say_task(number=1, verb="drop", **say)
    with pytest.raises(ValidationError, match="reopen it first"):
        lifecycle.say_task(number=1, verb="finish", **say)
    with pytest.raises(ValidationError, match="Use one of"):
        lifecycle.say_task(number=1, verb="burn", **say)


def test_steps_are_ticked_once_and_taken_back(declared, oncall, now):
    ref, item = declared().ref, ChecklistItem.objects.all()[0]
    say = {"ref": ref, "item": item.pk, "actor": oncall, "now": now}

    lifecycle.tick(**say)
    lifecycle.tick(**say)
    lifecycle.tick(**say, done=False)
    lifecycle.tick(**say, done=False)
    lifecycle.tick(**say)

    assert [row.unticked_at for row in ChecklistTick.objects.all()] == [now, None]
    taken, back = "incident.step_taken", "incident.step_taken_back"
    assert verbs(ref) == [taken, back, taken]
    with pytest.raises(ValidationError, match="There is no step"):
        lifecycle.tick(**say | {"item": 0})
    assert broken() == []


def test_a_stranger_adds_and_ticks_nothing(declared, now):
    ref, stranger = declared().ref, User.objects.create_user("stranger")

    with pytest.raises(Refused):
        lifecycle.add_task(ref=ref, title="x", actor=stranger, now=now)
    with pytest.raises(Refused):
        lifecycle.tick(ref=ref, item=ChecklistItem.objects.all()[0].pk, actor=stranger, now=now)
    assert (IncidentTask.objects.count(), ChecklistTick.objects.count()) == (0, 0)
