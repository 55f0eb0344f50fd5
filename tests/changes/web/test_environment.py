"""The page of an environment."""

from collections.abc import Callable

import pytest
from django.test import Client

from catalog.models import Environment
from changes.models import EnvironmentLock
from changes.states import State
from changes.web.fields import local_text
from tests import living
from tests.living import at, change_at

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]
PAGE = "/gate/environments/production"


def words(**more: str) -> dict[str, str]:
    return {"deed": "lock", "reason": "Moving the rack.", "until": local_text(at(300)), **more}


def test_it_shows_who_works_there_and_how_much_room_is_left(signed_in: Open) -> None:
    Environment.objects.update(max_running=3)
    running = change_at(State.IMPLEMENTING)
    change_at(State.SCHEDULED)

    page = signed_in("engineer").get(PAGE)

    assert [one.ref for one in page.context["busy"].running] == [running.ref]
    assert page.context["busy"].room == 2
    assert "1 of 3 at once" in page.content.decode()


def test_it_is_locked_and_released_by_whoever_is_on_call(signed_in: Open) -> None:
    browser = signed_in("oncall")

    assert browser.post(PAGE, words()).url == PAGE
    page = browser.get(PAGE).content.decode()
    assert "has locked it until" in page
    assert "Locked Production." in page
    assert browser.post(PAGE, {"deed": "release"}).url == PAGE
    assert "Nobody has locked it." in browser.get(PAGE).content.decode()
    assert EnvironmentLock.objects.get().released_by == living.person("oncall")


def test_a_stranger_sees_why_the_button_is_refused_and_posting_is_refused_too(
    signed_in: Open,
) -> None:
    browser = signed_in("stranger")

    assert "Only change managers and whoever is on call lock an environment" in (
        browser.get(PAGE).content.decode()
    )
    assert browser.post(PAGE, words()).status_code == 403
    assert browser.post(PAGE, {"deed": "limit", "one_at_a_time": "nothing"}).status_code == 403
    assert EnvironmentLock.objects.count() == 0


def test_what_was_typed_stands_beside_what_is_wrong(signed_in: Open) -> None:
    answer = signed_in("manager").post(PAGE, words(until=local_text(at(0)), change="CHG-99999"))

    form = answer.context["lock_form"]
    assert answer.status_code == 422
    assert form.errors == {"until": ["This time is over: give one that lies ahead."]}
    assert form["reason"].value() == "Moving the rack."


def test_a_manager_limits_it(signed_in: Open) -> None:
    given = {"deed": "limit", "one_at_a_time": "service", "max_running": "2"}

    signed_in("manager").post(PAGE, given)

    row = Environment.objects.get(slug="production")
    assert (row.one_at_a_time, row.max_running) == ("service", 2)


def test_the_gate_page_says_locked(signed_in: Open) -> None:
    signed_in("manager").post(PAGE, words())

    page = signed_in("engineer").get("/gate/")

    cells = [cell.label for cell in page.context["grid"][0]["cells"]]
    assert cells == ["Locked", "Open"]


def test_an_unknown_environment_or_deed_is_not_found(signed_in: Open) -> None:
    assert signed_in("manager").get("/gate/environments/nowhere").status_code == 404
    assert signed_in("manager").post(PAGE, {"deed": "paint"}).status_code == 404
