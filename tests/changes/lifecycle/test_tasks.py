"""Tasks of a change: added, worked on, held and cancelled with it, and what they hold up."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from changes.lifecycle import NoSuchTask
from changes.models import Change, Task
from ledger.decision import Refused
from tests.changes.lifecycle.closing import close, refusal
from tests.changes.lifecycle.tasking import add, faults, refused, states, task
from tests.living import (
    at,
    events_of,
    file,
    fresh,
    person,
    say,
    verbs_of,
    vote,
)

pytestmark = pytest.mark.usefixtures("settled")


def test_a_task_is_worked_on_and_every_step_is_recorded() -> None:
    change = file()
    add(change, assignee=person("peer"))

    task(change, "start", by="peer", minutes=25)
    done = task(change, "finish", by="peer", minutes=30)

    assert (done.state, done.ended_by, done.ended_at) == ("done", person("peer"), at(30))
    assert verbs_of(change.ref)[1:] == [
        "change.edited",
        "task.added",
        "task.started",
        "task.finished",
    ]
    told = events_of(change.ref)[-1].data
    assert (told["task"], told["task_title"], told["from"], told["to"]) == (
        1,
        "Load it",
        "in_progress",
        "done",
    )
    assert faults() == []


def test_finishing_is_refused_while_work_is_open_and_names_it() -> None:
    change = file()
    add(change, "Load the model")
    add(change, "Switch over")
    add(change, "Watch it", kind="test")
    change = _started(change)
    task(change, "finish", 1)

    with pytest.raises(Refused) as problem:
        say("finish", change, minutes=90)

    (reason,) = problem.value.decision.reasons
    assert (reason.code, reason.message) == ("tasks_open", "Task 2 “Switch over” is open.")
    assert fresh(change).state == "implementing"

    task(change, "waive", 2, reason="Not needed: one model is left.")
    say("finish", change, minutes=91)
    assert refusal(fresh(change)) == ("tasks_open",)
    task(change, "finish", 3, minutes=95)
    close(fresh(change))
    assert fresh(change).state == "closed"


def _started(change: Change) -> Change:
    say("submit", change, minutes=21)
    vote(change, by="peer", minutes=22)
    say("start", change, minutes=60)
    return fresh(change)


def test_waiving_asks_for_a_reason() -> None:
    change = file()
    add(change)

    with pytest.raises(ValidationError) as wrong:
        task(change, "waive", reason=" ")

    assert list(wrong.value.message_dict) == ["reason"]
    assert states(change) == ["open"]


def test_whoever_implements_a_part_does_not_vote() -> None:
    change = file()
    add(change, assignee=person("peer"))
    say("submit", change, minutes=21)

    assert refused(vote, change, by="peer", minutes=22) == ("self_approval",)
    vote(change, by="peer-2", minutes=23)
    fields = {"assignee": person("peer-2")}
    with pytest.raises(ValidationError, match="peer-2 approved this change"):
        say("edit_task", change, minutes=30, number=1, fields=fields)


def test_a_stranger_touches_no_task_but_the_one_that_is_theirs() -> None:
    change = file()
    add(change, "One", kind="test")
    add(change, "Two", kind="test", assignee=person("stranger"))

    for verb in ("start", "finish"):
        assert refused(task, change, verb, 1, by="stranger") == ("not_permitted",)
    assert refused(task, change, "waive", 2, by="stranger", reason="No.") == ("not_permitted",)
    assert refused(add, change, by="stranger") == ("not_permitted",)
    assert refused(add, change, by="auditor") == ("not_permitted", "not_permitted")
    assert task(change, "finish", 2, by="stranger").state == "done"


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"title": " "}, "title", "Say what is to be done."),
        ({"kind": "cook"}, "kind", "is not a valid choice"),
        ({"planned_start_at": at(70)}, "planned_end_at", "Give both"),
        (
            {"planned_start_at": at(50), "planned_end_at": at(70)},
            "planned_start_at",
            "not before that",
        ),
        (
            {"planned_start_at": at(70), "planned_end_at": at(181)},
            "planned_end_at",
            "is planned until Wed 18 Nov 13:00 CET: not after that",
        ),
        (
            {"planned_start_at": at(90), "planned_end_at": at(90)},
            "planned_end_at",
            "must come after",
        ),
        ({"colour": "red"}, "colour", "A task has no such field."),
    ],
)
def test_what_cannot_be_is_a_wrong_field(given: Any, field: str, sentence: str) -> None:
    change = file()

    with pytest.raises(ValidationError) as wrong:
        add(change, **{"title": "Load it", **given})

    assert list(wrong.value.message_dict) == [field]
    assert sentence in wrong.value.message_dict[field][0]
    assert (Task.objects.count(), verbs_of(change.ref)) == (0, ["change.created"])


def test_a_number_that_is_none_of_its_own_names_no_task() -> None:
    with pytest.raises(NoSuchTask, match="has no task 7"):
        task(file(), "start", 7)


def test_finished_by_mistake_it_is_reopened() -> None:
    change = file()
    add(change, kind="test")
    task(change, "finish", by="peer")

    with pytest.raises(Refused) as problem:
        task(change, "finish", minutes=71)
    (reason,) = problem.value.decision.reasons
    assert reason.message == (
        "Task 1 “Load it” is done by peer, Wed 18 Nov 11:10 CET; this is done while it is open or "
        "in progress."
    )
    assert task(change, "reopen", minutes=72).state == "open"
