"""Overrides in the admin: asked for from the queue, confirmed by a second person, never edited."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from catalog.models import User
from changes.states import State
from tests.changes.overrides.staged import managers, request
from tests.changes.web.conftest import signed_in, today
from tests.living import at, change_at, events_of, person, window

__all__ = ["signed_in", "today"]
pytestmark = pytest.mark.usefixtures("today")
LISTED = reverse("admin:changes_override_changelist")
QUEUE = f"{reverse('admin:changes_change_changelist')}?vote=all"


@pytest.fixture
def asked():
    """An override that a change manager asked for, and people who may enter the admin."""
    managers()
    User.objects.exclude(username="ci").update(is_staff=True)
    change = change_at(State.SCHEDULED)
    window("Year end", ends=600)
    return request(change, expires_at=at(180))


def confirming(browser, row) -> list[str]:
    answer = browser.post(LISTED, {"action": "confirm", "_selected_action": [row.pk]})
    return [str(one) for one in get_messages(answer.wsgi_request)]


def test_a_second_person_confirms_it(signed_in, asked):
    told = confirming(signed_in("manager-2"), asked)

    asked.refresh_from_db()
    assert told == ["Confirmed 1."]
    assert asked.confirmed_by == person("manager-2")
    assert [one.verb for one in events_of(asked.change.ref)][-1] == "override.confirmed"


@pytest.mark.parametrize("name", ["manager", "cab-1", "auditor", "oncall"])
def test_whoever_may_not_confirm_is_told_why(signed_in, asked, name: str):
    first, last = confirming(signed_in(name), asked)

    asked.refresh_from_db()
    assert first.startswith(f"{asked.ref}: ")
    assert last == "Confirmed 0."
    assert asked.confirmed_at is None


def test_an_engineer_without_a_role_does_not_enter_the_list(signed_in, asked):
    answer = signed_in("engineer").post(
        LISTED, {"action": "confirm", "_selected_action": [asked.pk]}
    )

    asked.refresh_from_db()
    assert (answer.status_code, asked.confirmed_at) == (403, None)


def test_its_page_is_linked_and_it_cannot_be_edited(signed_in, asked):
    page = reverse("admin:changes_override_change", args=[asked.pk])
    browser = signed_in("manager-2")

    assert f'href="/overrides/{asked.ref}"' in browser.get(page).content.decode()
    assert browser.post(page, {"reason": "Other."}).status_code == 403


def test_the_queue_leads_to_asking_for_one_change_at_a_time(signed_in, asked):
    waiting = [change_at(State.AWAITING_APPROVAL) for _ in range(2)]
    browser, keys = signed_in("manager"), [change.pk for change in waiting]

    one = browser.post(QUEUE, {"action": "override", "_selected_action": keys[:1]})
    two = browser.post(QUEUE, {"action": "override", "_selected_action": keys})

    assert one["Location"] == f"/overrides/new?change={waiting[0].ref}"
    assert [str(words) for words in get_messages(two.wsgi_request)] == [
        "Choose one change: each override has a reason and an end of its own."
    ]
