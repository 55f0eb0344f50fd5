"""Home, schedule, gate, incidents, catalogue and the door, with nothing, little and much."""

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import expect

from catalog.models import User
from catalog.roles import ROLES
from changes.demo.load import load
from changes.models import ApprovalRule, Change, Window
from changes.states import State
from incidents import queries as incidents
from tests import living
from tests.journeys.browsing import PASSWORD, Visitor, look_at
from tests.living import change_at

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
Visit = Callable[..., Visitor]
PAGES = {
    "home": "/",
    "schedule-week": "/schedule/",
    "schedule-month": "/schedule/?view=month",
    "schedule-agenda": "/schedule/?view=agenda",
    "gate": "/gate/",
    "explain": "/gate/explain",
    "incidents": "/incidents/",
    "catalog": "/catalog/",
}
WEEKEND = {
    "recurrence": "FREQ=WEEKLY;BYDAY=FR",
    "first_date": date(2024, 1, 5),
    "start_time": time(16),
    "duration": timedelta(hours=62),
    "environments": ["production"],
    "except_standard_up_to_risk": "low",
    "reason": "nobody is there to help over the weekend",
}


@pytest.fixture
def nothing(transactional_db: None) -> None:
    """One account, and not a row of anything else."""
    Window.objects.all().delete()
    User.objects.create(username="engineer", password=make_password(PASSWORD))


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Failed sign-ins stand in no table that is emptied after a test."""
    yield
    cache.clear()


@pytest.fixture
def demo(transactional_db: None) -> None:
    """The demo, with the rows every installation begins with."""
    for name in ROLES:
        Group.objects.get_or_create(name=name)
    for name, kinds, risk, authority, count in living.RULES:
        asked = {"kinds": kinds, "risk_at_least": risk, "authority": authority, "count": count}
        ApprovalRule.objects.get_or_create(name=name, defaults=asked)
    Window.objects.get_or_create(name="Weekend freeze", defaults=WEEKEND)
    load(password=PASSWORD, now=timezone.now())


@pytest.fixture
def engineer(visit: Visit) -> Visitor:
    visitor = visit()
    visitor.sign_in("engineer", then="/catalog/")
    return visitor


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize("name", PAGES)
def test_every_page_with_nothing_says_what_will_stand_there(name: str, visit: Visit) -> None:
    visitor = visit()
    visitor.sign_in("engineer", then="/catalog/")

    look_at(visitor, PAGES[name], name=f"{name}-empty")

    expect(visitor.page.locator("main .empty").first).to_be_visible()


@pytest.mark.usefixtures("demo")
def test_every_page_with_the_demo(engineer: Visitor) -> None:
    for name, path in PAGES.items():
        look_at(engineer, path, name=name)
    change = Change.objects.filter(state=State.AWAITING_APPROVAL).order_by("-id")[0]
    asked = f"service={change.service.slug}&environment={change.environment.slug}"
    look_at(engineer, f"/gate/explain?{asked}&change={change.ref}", name="explain-change")
    look_at(engineer, f"/gate/explain?{asked}&at=2026-11-21T09:00", name="explain-instant")
    look_at(engineer, "/schedule/?by=team&environment=production", name="schedule-teams")
    look_at(engineer, "/schedule/?service=moon", name="schedule-wrong-filter")
    for state in ("open", "closed"):
        ref = incidents.in_state(state)[0].ref
        look_at(engineer, f"/incidents/{ref}", name=f"incident-{state}")
    look_at(engineer, f"/changes/for-incident/{ref}", name="incident-changes")


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("username", ["cab-1", "auditor"])
def test_home_of_every_role(username: str, visit: Visit) -> None:
    visitor = visit()
    visitor.sign_in(username, then="/")

    look_at(visitor, "/", name=f"home-{username}")


@pytest.mark.usefixtures("nothing", "forgotten")
def test_the_door_and_what_it_says(visit: Visit) -> None:
    visitor = visit()
    look_at(visitor, "/sign-in", name="sign-in")
    for _ in range(11):
        page = visitor.go("/sign-in")
        page.get_by_label("Username").fill("engineer")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Try again in 15 minutes.")
    visitor.screen("sign-in-refused")

    assert visitor.examined() == []


@pytest.mark.usefixtures("today")
def test_what_is_not_there_and_what_is_refused(engineer: Visitor) -> None:
    look_at(engineer, "/incidents/INC-999", name="not-found")
    ref = living.incident(2).ref
    page = engineer.go(f"/incidents/{ref}")
    living.incidents.close(
        ref=ref, note="Queue drained.", actor=living.person("oncall"), now=timezone.now()
    )
    page.get_by_text("Close the incident…").click()
    page.get_by_label("How it ended").fill("Again.")
    page.get_by_role("button", name="Close the incident").click()

    expect(page.get_by_role("alert")).to_contain_text("was refused")
    engineer.screen("refused")
    assert engineer.examined() == []


@pytest.mark.usefixtures("today")
def test_an_incident_from_declaring_to_closing(engineer: Visitor) -> None:
    earlier = change_at(State.IMPLEMENTING)
    page = engineer.go("/incidents/")
    page.get_by_text("Declare an incident…").click()
    page.get_by_label("What is broken").fill("Refunds fail")
    page.get_by_role("combobox", name="Service").fill("refunds")
    page.locator("#id_declare_severity").select_option("1")
    engineer.screen("incident-declaring")
    page.get_by_role("button", name="Declare an incident").click()
    page.wait_for_url("**/incidents/INC-*")

    expect(page.get_by_role("region", name="What the gate says now")).to_contain_text(
        "SEV-1 holds refunds"
    )
    expect(page.locator(".around")).to_contain_text(earlier.ref)
    page.get_by_role("button", name="Take command", exact=True).click()
    expect(page.locator("#room-said")).to_contain_text("You command INC-")
    page.get_by_text("Close the incident…").click()
    page.get_by_label("How it ended").fill("Rolled back.")
    page.get_by_role("button", name="Close the incident").click()
    expect(page.locator("#room-said")).to_contain_text("Closed INC-")
    engineer.screen("incident-closed")

    (incident,) = incidents.shown()
    assert (incident.state, incident.closing_note) == ("closed", "Rolled back.")
    assert incident.commander == living.person("engineer")


@pytest.mark.usefixtures("today")
def test_keys_lead_everywhere(engineer: Visitor) -> None:
    page = engineer.page
    for keys, path in (
        ("gh", "/"),
        ("gs", "/schedule/"),
        ("gg", "/gate/"),
        ("gi", "/incidents/"),
        ("gc", "/changes/"),
        ("n", "/changes/new"),
    ):
        page.locator("body").press("Escape")
        page.keyboard.type(keys)
        page.wait_for_url(f"{engineer.url}{path}")

    engineer.go("/schedule/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keyboard")).to_be_visible()
    engineer.screen("keyboard-help")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Keyboard")).to_be_hidden()
    page.keyboard.press("]")
    page.wait_for_url("**/schedule/?on=*")
    page.keyboard.press("t")
    page.wait_for_url(f"{engineer.url}/schedule/")


@pytest.mark.usefixtures("today")
def test_a_click_on_a_free_slot_plans_there(engineer: Visitor) -> None:
    page = engineer.go(f"/schedule/?on={timezone.localdate() + timedelta(days=7)}")

    page.locator("a.free rect").nth(3).click()
    page.wait_for_url("**/changes/new?start=*")

    assert page.get_by_role("combobox", name="Service").input_value() == "payments-api"
    assert page.get_by_label("Planned start").input_value() != ""


@pytest.mark.usefixtures("today")
def test_everything_is_there_without_javascript(visit: Visit) -> None:
    change = change_at(State.SCHEDULED)
    incident = living.incident(3)
    visitor = visit(java_script_enabled=False)
    page = visitor.sign_in("engineer", then="/")
    visitor.screen("no-javascript-home")

    visitor.go("/schedule/")
    page.get_by_label("Environment").select_option("production")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_role("row").filter(has_text=change.ref)).to_be_visible()
    visitor.go(f"/incidents/{incident.ref}")
    page.get_by_role("link", name=f"Changes around {incident.ref}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(incident.ref)
    visitor.go("/gate/")
    page.locator("a.gate-cell").first.click()
    expect(page.get_by_role("heading", name="Rule by rule")).to_be_visible()
    visitor.screen("no-javascript-explain")
    visitor.go("/incidents/")
    page.get_by_text("Declare an incident…").click()
    page.get_by_label("What is broken").fill("Refunds are slow")
    page.get_by_role("combobox", name="Service").fill("refunds")
    page.get_by_role("button", name="Declare an incident").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Refunds are slow")


@pytest.mark.usefixtures("today")
def test_two_thousand_changes_and_a_long_title(engineer: Visitor) -> None:
    one = living.file(title="A title that goes on and on " * 7)
    plain = {
        field.attname: getattr(one, field.attname)
        for field in Change._meta.concrete_fields
        if not field.primary_key
    }
    first = timezone.now().replace(day=1)
    Change.objects.bulk_create(
        Change(**(plain | _planned(first + timedelta(minutes=19 * number))))
        for number in range(2000)
    )

    look_at(engineer, "/schedule/?view=month", name="schedule-month-2000")
    look_at(engineer, "/schedule/", name="schedule-week-2000")
    look_at(engineer, "/", name="home-2000")


def _planned(start: Any) -> dict[str, Any]:
    return {"planned_start_at": start, "planned_end_at": start + timedelta(hours=2)}


@pytest.mark.usefixtures("demo")
def test_a_schedule_prints_without_its_controls(engineer: Visitor) -> None:
    page = engineer.go("/schedule/")
    page.emulate_media(media="print")

    expect(page.locator(".drawing svg")).to_be_visible()
    for control in (".rail", ".steps", ".filters", ".tabs", ".search"):
        expect(page.locator(control).first).to_be_hidden()
    engineer.screen("schedule-printed")
