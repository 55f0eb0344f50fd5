"""Tasks follow their change: with its plan, its period, its holds and its end."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from changes.models import Task, TaskRule
from changes.states import State
from tests.changes.lifecycle.tasking import add, faults, refused, states, task
from tests.living import at, change_at, events_of, file, fresh, person, say, template, vote

pytestmark = pytest.mark.usefixtures("settled")


def test_a_hold_holds_tasks_and_resuming_restores_them() -> None:
    change = file()
    for title in ("One", "Two", "Three"):
        add(change, title, kind="test")
    task(change, "start", 1, minutes=30)
    task(change, "finish", 3, minutes=31)

    say("hold", change, minutes=40, reason="The supplier is closed.")

    assert states(change) == ["on_hold", "on_hold", "done"]
    assert refused(task, change, "finish", 1) == ("on_hold",)
    assert add(change, "Four", kind="test", minutes=41).state == "on_hold"
    say("resume", change, minutes=50)
    assert states(change) == ["in_progress", "open", "done", "open"]
    assert faults() == []


def test_cancelling_a_change_cancels_its_tasks_held_or_not() -> None:
    change = file()
    add(change, "One", kind="test")
    say("hold", change, minutes=40, reason="The supplier is closed.")

    say("cancel", change, minutes=50, reason="Not needed.")

    row = Task.objects.get()
    assert (row.state, row.ended_by, row.ended_at) == ("cancelled", person("engineer"), at(50))
    assert refused(task, change, "start", minutes=55) == ("wrong_state", "wrong_state")
    assert refused(add, change, minutes=56) == ("wrong_state",)
    assert faults() == []


def test_what_is_to_be_implemented_is_part_of_the_plan() -> None:
    change = change_at(State.SCHEDULED)
    digest = change.plan_digest

    add(change, "Watch it", kind="test")
    assert (fresh(change).state, fresh(change).plan_digest) == ("scheduled", digest)

    add(change, "Load it")
    after = fresh(change)
    assert (after.state, after.plan_version) == ("planning", 2)
    assert after.plan_digest != digest
    assert after.plan_versions.get(version=2).fields["work"] == ["Load it"]
    revised = events_of(change.ref)[-2]
    assert (revised.verb, revised.data["diff"]) == ("change.revised", {"work": [[], ["Load it"]]})
    assert revised.data["votes_lapsed"] == ["peer"]


def test_who_does_it_and_when_is_no_part_of_the_plan() -> None:
    change = file()
    add(change)
    say("submit", change, minutes=21)
    vote(change, by="peer", minutes=22)
    fields = {
        "assignee": person("peer-2"),
        "planned_start_at": at(70),
        "planned_end_at": at(90),
    }

    say("edit_task", change, minutes=30, number=1, fields=fields)

    assert fresh(change).state == "scheduled"
    assert events_of(change.ref)[-1].data["task_diff"] == {
        "assignee": [None, "peer-2"],
        "planned_start_at": [None, "2026-11-18T10:10:00Z"],
        "planned_end_at": [None, "2026-11-18T10:30:00Z"],
    }


def test_no_work_is_added_once_it_has_started() -> None:
    change = change_at(State.IMPLEMENTING)

    assert refused(add, change) == ("wrong_state",)
    assert add(change, "Watch it", kind="test", minutes=71).number == 1
    assert Task.objects.count() == 1


def test_tasks_move_with_the_planned_period_and_stay_inside() -> None:
    change = file()
    add(change, planned_start_at=at(70), planned_end_at=at(100))
    later = {"planned_start_at": at(120), "planned_end_at": at(240)}

    say("edit", change, minutes=25, fields=later)

    row = Task.objects.get()
    assert (row.planned_start_at, row.planned_end_at) == (at(130), at(160))
    assert faults() == []
    shorter = {"planned_end_at": at(150)}
    with pytest.raises(ValidationError) as wrong:
        say("edit", change, minutes=26, fields=shorter)
    assert wrong.value.message_dict == {
        "planned_end_at": ["Planned outside this period: “Load it”. Plan these tasks anew first."]
    }
    assert fresh(change).planned_end_at == at(240)


def test_a_change_begins_with_the_tasks_its_rules_name() -> None:
    named = template()
    rule: dict[str, Any] = {"kind": "implement", "lasts": at(30) - at(0)}
    TaskRule.objects.create(title="Drain the node", template=named, position=1, **rule)
    TaskRule.objects.create(
        title="Look at the graphs", kind="review", categories=["other"], position=2
    )
    TaskRule.objects.create(title="Copy the tables", kind="plan", categories=["database"])
    TaskRule.objects.create(title="Gone", kind="plan", is_active=False)

    change = file(kind="standard", template=named)

    assert [
        (one.number, one.kind, one.title, one.planned_start_at, one.planned_end_at)
        for one in change.tasks.all()
    ] == [
        (1, "implement", "Drain the node", at(60), at(90)),
        (2, "review", "Look at the graphs", None, None),
    ]
    assert change.plan_versions.get().fields["work"] == ["Drain the node"]
    assert [one.title for one in file().tasks.all()] == []
    say("edit", change, minutes=5, fields={"title": "Restart now"})
    assert fresh(change).plan_version == 1
    assert faults() == []
