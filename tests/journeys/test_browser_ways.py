"""Other ways: the keyboard alone, no JavaScript, a draft left behind, two editors."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from changes.models import Change
from changes.states import State
from tests import living
from tests.journeys.browsing import Visitor
from tests.living import change_at, fresh

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.usefixtures("today"),
]
Visit = Callable[..., Visitor]


def test_change_is_written_and_submitted_with_the_keyboard_alone(visit: Visit) -> None:
    visitor = visit()
    page = visitor.sign_in("engineer", then="/changes/")
    page.keyboard.press("n")
    page.wait_for_url("**/changes/new")

    _tab_to(page, "#id_title")
    page.keyboard.type("Retry refunds")
    for words in ("Refunds are retried.", "Customers wait.", "Nobody notices."):
        page.keyboard.press("Tab")
        page.keyboard.type(words)
    _tab_to(page, "#id_service")
    page.keyboard.type("refunds")
    _tab_to(page, "#id_environment")
    page.keyboard.type("stag")
    for name in ("implementation", "test", "rollback", "monitoring"):
        _tab_to(page, f"#id_{name}_plan")
        page.keyboard.type(f"The {name}.")
    _tab_to(page, "main button.primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/changes/CHG-*")
    _tab_to(page, "#verb-cancel summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("It was only tried with the keyboard.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("Cancelled.")
    visitor.screen("keyboard-cancelled")

    change = Change.objects.get()
    assert (change.title, change.environment.slug) == ("Retry refunds", "staging")
    assert change.closing_note == "It was only tried with the keyboard."


def test_everything_works_without_javascript(visit: Visit) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.sign_in("engineer", then="/changes/new")
    page.get_by_label("Title").fill("Retry refunds")
    page.get_by_role("main").get_by_label("Service").fill("refunds")
    page.get_by_label("Environment").select_option("staging")
    page.get_by_role("button", name="Check without saving").click()
    expect(page.locator("#advice")).to_contain_text("1 × Peer of the owner team")
    assert Change.objects.count() == 0
    page.get_by_label("Description").fill("The description.")
    for plan in ("implementation", "test", "rollback", "monitoring"):
        page.locator(f"#id_{plan}_plan").fill(f"The {plan}.")
    page.get_by_label("Planned start").fill(_local(living.at(60)))
    page.get_by_label("Planned end").fill(_local(living.at(180)))
    page.get_by_role("button", name="Save as draft").click()
    page.get_by_role("button", name="Submit for approval").click()
    path = page.url.removeprefix(visitor.url)
    visitor.sign_out()
    page = visitor.sign_in("peer", then=path)
    page.get_by_role("button", name="Approve").click()
    visitor.sign_out()
    page = visitor.sign_in("engineer", then=path)
    page.get_by_role("button", name="Start", exact=True).click()
    visitor.screen("no-javascript-implementing")
    page.get_by_text("Roll back…").click()
    page.get_by_label("What was rolled back, and why").fill("Errors rose.")
    page.get_by_role("button", name="Roll back", exact=True).click()

    assert Change.objects.get().state == State.VALIDATING
    assert Change.objects.get().rolled_back_at is not None


def test_draft_survives_a_closed_tab_and_ends_with_saving(visit: Visit) -> None:
    visitor = visit()
    page = visitor.sign_in("engineer", then="/changes/new")
    page.get_by_label("Title").fill("Half a thought")
    page.wait_for_timeout(500)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("about:blank")

    page = visitor.go("/changes/new")
    expect(page.locator(".draft")).to_contain_text("did not save stands below")
    expect(page.get_by_label("Title")).to_have_value("Half a thought")
    visitor.screen("draft-restored")
    page.get_by_role("main").get_by_label("Service").fill("refunds")
    page.get_by_label("Environment").select_option("staging")
    page.get_by_role("button", name="Save as draft").click()
    page.wait_for_url("**/changes/CHG-*")
    page = visitor.go("/changes/new")
    expect(page.get_by_label("Title")).to_have_value("")
    expect(page.locator(".draft")).to_have_count(0)

    assert Change.objects.get().title == "Half a thought"


def test_draft_is_discarded_and_forgotten_on_sign_out(visit: Visit) -> None:
    visitor = visit()
    page = visitor.sign_in("engineer", then="/changes/new")
    page.get_by_label("Title").fill("Not this")
    page.wait_for_timeout(500)
    page.on("dialog", lambda dialog: dialog.accept())
    page = visitor.go("/changes/new")
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_label("Title")).to_have_value("")
    page.get_by_label("Title").fill("Nor this")
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Sign out").click()
    page = visitor.sign_in("engineer", then="/changes/new")

    expect(page.get_by_label("Title")).to_have_value("")


def test_second_editor_sees_what_the_first_wrote_and_loses_nothing(visit: Visit) -> None:
    change = change_at(State.PLANNING)
    one, other = visit(), visit()
    mine = one.sign_in("engineer", then=f"/changes/{change.ref}/edit")
    theirs = other.sign_in("peer", then=f"/changes/{change.ref}/edit")
    theirs.locator("#id_rollback_plan").fill("Redeploy what ran yesterday.")
    theirs.get_by_label("Monitoring").fill("Refund failures, for a day.")
    theirs.get_by_role("button", name="Save").click()
    theirs.wait_for_url(f"**/changes/{change.ref}")

    mine.locator("#id_rollback_plan").fill("Restore the backup.")
    mine.get_by_role("button", name="Save").click()
    expect(mine.locator(".refused")).to_contain_text("was changed by somebody else")
    expect(mine.locator(".meanwhile")).to_contain_text("You both changed Rollback")
    expect(mine.locator("#id_rollback_plan")).to_have_value("Restore the backup.")
    expect(mine.get_by_label("Monitoring")).to_have_value("Refund failures, for a day.")
    one.screen("edited-meanwhile")
    assert one.examined() == []
    mine.get_by_role("button", name="Save").click()
    mine.wait_for_url(f"**/changes/{change.ref}")

    assert fresh(change).rollback_plan == "Restore the backup."
    assert fresh(change).monitoring_plan == "Refund failures, for a day."


def test_one_click_too_many_files_one_change(visit: Visit) -> None:
    visitor = visit()
    page = visitor.sign_in("engineer", then="/changes/new")
    page.get_by_label("Title").fill("Once")
    page.get_by_role("main").get_by_label("Service").fill("refunds")
    page.get_by_label("Environment").select_option("staging")
    page.get_by_role("button", name="Save as draft").dblclick()
    page.wait_for_url("**/changes/CHG-*")

    assert Change.objects.count() == 1


def _tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there; fails where the keyboard cannot get."""
    for _ in range(80):
        if page.evaluate("s => document.activeElement?.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}.")


def _local(at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo('Europe/Amsterdam')):%Y-%m-%dT%H:%M}"
