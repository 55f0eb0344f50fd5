"""Tasks on the page of a change."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from changes.models import Change, Task
from changes.states import State
from tests.living import change_at, file, fresh, person, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
Open = Callable[[str], Client]


def added(change: Change, title: str = "Watch it", **given: Any) -> None:
    fields = {"kind": "test", "title": title, **given}
    say("add_task", change, minutes=20, fields=fields)


def test_a_task_is_added_edited_and_done_without_any_script(signed_in: Open) -> None:
    change = file()
    client = signed_in("engineer")
    page = f"/changes/{change.ref}/tasks"

    first = client.post(page, {"kind": "implement", "title": "Load it", "assignee": "peer"})
    edit = client.get(f"{page}/1").content.decode()
    client.post(f"{page}/1", {"kind": "implement", "title": "Load all of it", "position": 5})
    client.post(f"{page}/1/start")
    last = client.post(f"{page}/1/finish", follow=True)

    assert (first.status_code, first["Location"]) == (303, f"/changes/{change.ref}#tasks")
    assert 'value="Load it"' in edit
    row = Task.objects.get()
    assert (row.title, row.position, row.assignee, row.state) == ("Load all of it", 5, None, "done")
    assert "Finished task 1." in last.content.decode()
    assert fresh(change).plan_version == 3


def test_wrong_fields_come_back_with_their_sentences(signed_in: Open) -> None:
    change = file()
    added(change)
    client = signed_in("engineer")
    page = f"/changes/{change.ref}/tasks"

    nameless = client.post(page, {"kind": "test", "title": ""})
    unknown = client.post(page, {"kind": "test", "title": "x", "assignee": "nobody-here"})
    waived = client.post(f"{page}/1/waive", {"reason": ""})
    edited = client.post(f"{page}/1", {"kind": "test", "title": "x", "position": -1})

    for answer, sentence in (
        (nameless, "Say what is to be done."),
        (unknown, "There is no user nobody-here."),
        (waived, "Say why it need not be done."),
        (edited, "greater than or equal to 0"),
    ):
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    assert Task.objects.get().state == "open"


def test_what_is_refused_stays_visible_with_its_reason(signed_in: Open) -> None:
    change = change_at(State.SCHEDULED)
    added(change)
    client = signed_in("stranger")

    page = client.get(f"/changes/{change.ref}")
    refused = client.post(f"/changes/{change.ref}/tasks/1/finish")
    edited = client.post(
        f"/changes/{change.ref}/tasks/1", {"kind": "test", "title": "x", "position": 1}
    )

    (task,) = page.context["tasks"]
    assert [(one.label, one.allowed) for one in task.verbs] == [("Start", False), ("Edit", False)]
    assert [one.label for verb in task.verbs for one in verb.twins] == ["Done", "Waive", "Cancel"]
    assert page.context["add_task"].allowed is False
    assert (refused.status_code, edited.status_code) == (403, 403)
    assert Task.objects.get().state == "open"


def test_a_page_with_tasks_takes_no_statement_more(
    signed_in: Open, statements: Callable[[Client, str], int]
) -> None:
    client = signed_in("engineer")
    change = change_at(State.SCHEDULED)
    before = statements(client, f"/changes/{change.ref}")
    for number in range(3):
        added(change, f"Watch it {number}", assignee=person("peer"))

    assert statements(client, f"/changes/{change.ref}") == before


def test_hostile_words_of_a_task_stay_words(signed_in: Open) -> None:
    change = file()
    hostile = "<script>alert(1)</script>"
    added(change, hostile, description=hostile)
    client = signed_in("engineer")

    for path in (f"/changes/{change.ref}", f"/changes/{change.ref}/tasks/1"):
        body = client.get(path).content.decode()
        assert "<script>alert" not in body
        assert "&lt;script&gt;alert(1)" in body


def test_there_is_no_page_for_what_is_not_there(signed_in: Open) -> None:
    client = signed_in("engineer")
    change = file()

    for path in (f"/changes/{change.ref}/tasks/7", "/changes/CHG-999999/tasks/1"):
        assert client.get(path).status_code == 404
    assert client.post(f"/changes/{change.ref}/tasks/7/start").status_code == 404
    assert client.post(f"/changes/{change.ref}/tasks/1/cook").status_code == 404
    assert (
        client.post("/changes/CHG-999999/tasks", {"kind": "test", "title": "x"}).status_code == 404
    )
