"""Meetings as pages, and boards in the admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from changes.models import Board, Meeting
from tests import living
from tests.changes.meetings.convened import board, first, risky, tick
from tests.living import fresh, person, verbs_of, vote

pytestmark = pytest.mark.usefixtures("today")
Browser = Callable[[str], Client]
FILLED = {
    "name": "Weekly CAB",
    "is_active": "on",
    "recurrence": "FREQ=WEEKLY;BYDAY=TU",
    "first_date": "2026-01-06",
    "start_time": "10:00",
    "duration": "1:00:00",
    "time_zone": "Europe/Amsterdam",
    "closes_hours": "24",
    "minutes_per_item": "10",
    "risk_at_least": "high",
    "kinds": "",
    "environments": "production",
    "teams": "",
    "within_days": "14",
}


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def meeting() -> Meeting:
    """One that begins now, with an open item; its agenda has closed."""
    board(start_time=living.at(120).time(), closes_hours=1, recurrence="FREQ=DAILY")
    risky()
    tick(1)
    tick(100)
    return first()


def test_a_meeting_is_held_on_its_page(meeting: Meeting, signed_in: Browser) -> None:
    change, chair = meeting.items.get().change, signed_in("cab-1")
    here = f"/meetings/{meeting.ref}"
    item = f"{here}/items/{change.ref}"

    assert "Opened the" not in text(chair.get(here))
    assert chair.post(f"{here}/start").status_code == 303
    assert chair.post(f"{item}/begin").status_code == 303
    page = text(chair.get(here))
    assert "data-seconds=" in page
    assert "Still lacks 2 votes of the CAB." in page
    refused = chair.post(f"{item}/approve", {"minutes": "All agreed."})
    assert refused.status_code == 409
    assert f"{change.ref} still lacks 2 votes of the CAB." in text(refused)
    for name in ("peer", "owner", "cab-1", "cab-2"):
        vote(change, by=name, minutes=112)
    assert "has all votes already" in text(chair.get(here))
    assert chair.post(f"{item}/approve", {"minutes": "All agreed."}).status_code == 303
    assert chair.post(f"{item}/write", {"text": "Watch node 4."}).status_code == 303
    assert chair.post(f"{here}/end").status_code == 303
    signed_in("cab-2").post(f"{item}/write", {"text": "Node 5, not 4."})

    page = text(signed_in("auditor").get(here))
    for words in ("All agreed.", "Watch node 4.", "Node 5, not 4.", "correction", "Over"):
        assert words in page
    assert fresh(change).state == "scheduled"
    assert verbs_of(meeting.ref)[-5:] == [
        "meeting.item_begun",
        "meeting.item_closed",
        "meeting.minutes_written",
        "meeting.ended",
        "meeting.minutes_corrected",
    ]


@pytest.mark.parametrize("who", ["engineer", "stranger", "auditor"])
def test_a_stranger_reads_and_changes_nothing(
    who: str, meeting: Meeting, signed_in: Browser
) -> None:
    change, browser = meeting.items.get().change, signed_in(who)
    here = f"/meetings/{meeting.ref}"
    before = verbs_of(meeting.ref)

    assert browser.get(here).status_code == 200
    answers = [
        browser.post(f"{here}/start"),
        browser.post(f"{here}/end"),
        browser.post(f"{here}/complete"),
        browser.post(f"{here}/add", {"change": change.ref, "reason": "x"}),
        browser.post(f"{here}/items/{change.ref}/begin"),
        browser.post(f"{here}/items/{change.ref}/defer", {"minutes": "x"}),
        browser.post(f"{here}/items/{change.ref}/write", {"text": "x"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 7
    assert verbs_of(meeting.ref) == before


def test_bad_input_comes_back_beside_its_field(meeting: Meeting, signed_in: Browser) -> None:
    chair, here = signed_in("cab-1"), f"/meetings/{meeting.ref}"
    change = meeting.items.get().change
    chair.post(f"{here}/start")

    page = text(chair.get(here))
    assert 'disabled aria-describedby="verb-complete-reasons"' in page
    assert "No item has all its votes already." in page
    for path, body, sentence in (
        ("add", {"change": ""}, "Name the change."),
        ("add", {"change": "CHG-999", "reason": "x"}, "There is no change CHG-999."),
        (f"items/{change.ref}/defer", {"minutes": ""}, "Say what is missing"),
        (f"items/{change.ref}/write", {"text": " "}, "Say minutes."),
    ):
        answer = chair.post(f"{here}/{path}", body)
        assert (answer.status_code, sentence in text(answer)) == (422, True), path


def test_the_list_and_unknown_meetings(meeting: Meeting, signed_in: Browser) -> None:
    browser = signed_in("engineer")

    page = text(browser.get("/meetings/"))

    assert meeting.ref in page
    assert "Who meets" in page
    for path in ("/meetings/MTG-999", "/meetings/what", f"/meetings/{meeting.ref}x"):
        assert browser.get(path).status_code == 404
    assert browser.post(f"/meetings/{meeting.ref}/explode").status_code == 404
    assert browser.post(f"/meetings/{meeting.ref}/items/CHG-999/begin").status_code == 404
    assert browser.get(f"/meetings/{meeting.ref}/start").status_code == 302
    assert Client().get("/meetings/").status_code == 302


def test_a_page_costs_the_same_for_one_item_and_three(
    meeting: Meeting, signed_in: Browser, statements: Callable[[Client, str], int]
) -> None:
    chair, here = signed_in("cab-1"), f"/meetings/{meeting.ref}"
    one = statements(chair, here)
    for _ in range(2):
        chair.post(f"{here}/add", {"change": risky().ref, "reason": "It cannot wait."})

    assert statements(chair, here) == one
    assert meeting.items.count() == 3


def test_a_board_is_written_in_the_admin_with_its_next_times(signed_in: Browser) -> None:
    for name in ("manager", "cab-1", "auditor"):
        living.User.objects.filter(username=name).update(is_staff=True)
    group, chair = Group.objects.get(name="CAB"), person("cab-1")
    body = {**FILLED, "group": group.pk, "chair": chair.pk}
    add = reverse("admin:changes_board_add")

    wrong = signed_in("manager").post(add, body | {"recurrence": "FREQ=HOURLY"})
    seen = text(signed_in("manager").post(add, body | {"_preview": "1"}))
    assert "The next times it would meet" in seen
    assert seen.count('class="period"') == 10
    assert Board.objects.count() == 0
    answer = signed_in("manager").post(add, body)

    assert "must say FREQ=DAILY, WEEKLY, MONTHLY or YEARLY" in text(wrong)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row = Board.objects.get()
    page = text(signed_in("manager").get(reverse("admin:changes_board_change", args=[row.pk])))
    assert page.count('class="period"') == 10
    assert verbs_of(row.ref) == ["board.created"]
    for name in ("cab-1", "auditor"):
        assert signed_in(name).post(add, body).status_code == 403
        assert signed_in(name).post(add, body | {"_preview": "1"}).status_code == 403
        assert signed_in(name).get(reverse("admin:changes_meeting_changelist")).status_code == 200
