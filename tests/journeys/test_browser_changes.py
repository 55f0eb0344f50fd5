"""Three changes from plan to close, by people at browsers: standard, normal with CAB, emergency."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from changes.models import Change
from changes.states import State
from tests import living
from tests.journeys.browsing import Visitor
from tests.living import verbs_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.usefixtures("today"),
]
Visit = Callable[..., Visitor]
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def test_standard_change_goes_from_template_to_closed(visit: Visit) -> None:
    living.template(name="Restart a service", required_checks=["health"])
    visitor = visit()
    page = visitor.sign_in("engineer", then="/changes/new?from=template")

    page.get_by_role("link", name="restart-service").click()
    page.get_by_label("Title").fill("Restart refunds to load the new certificate")
    page.get_by_role("main").get_by_label("Service").fill("refunds")
    page.get_by_label("Environment").select_option("staging")
    _plan_now(page)
    expect(page.locator("#advice")).to_contain_text("Nobody: its template was approved beforehand.")
    expect(page.locator("#advice")).to_contain_text("Nothing: this can be submitted.")
    visitor.screen("standard-1-form")
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_role("status")).to_contain_text("Submit it when it is ready.")
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.locator(".answer")).to_contain_text("Yes.")
    visitor.screen("standard-2-scheduled")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Finish").click()
    expect(page.locator("#verb-close")).to_contain_text("The check health has not been reported.")
    page.get_by_text("Report a check…").click()
    page.get_by_label("Check", exact=True).fill("health")
    page.get_by_role("button", name="Report a check", exact=True).click()
    page.locator("#verb-close summary").click()
    page.get_by_label("How it went").fill("All nodes are back.")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".answer")).to_contain_text("Successful.")
    visitor.screen("standard-3-closed")

    change = Change.objects.get()
    assert (change.kind, change.state, change.outcome) == ("standard", "closed", "successful")
    assert verbs_of(change.ref) == [
        "change.created",
        "change.submitted",
        "change.approved",
        "change.started",
        "change.finished",
        "change.check_reported",
        "change.closed",
    ]


def test_normal_change_is_voted_on_by_owner_and_cab(visit: Visit) -> None:
    author, voter = visit(), visit()
    page = author.sign_in("engineer", then="/changes/new")
    _write(page, service="payments-api", category="database")
    expect(page.locator("#advice")).to_contain_text("2 × CAB")
    expect(page.locator("#advice")).to_contain_text("cab-1 or cab-2")
    author.screen("normal-1-form")
    page.get_by_role("button", name="Save as draft").click()
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.locator(".answer")).to_contain_text("Votes are missing.")
    path = page.url.removeprefix(author.url)

    for name in ("peer", "owner", "cab-1"):
        _approve(voter, name, path)
    voter.screen("normal-2-one-vote-missing")
    page = author.go(f"{path}/edit")
    page.locator("#id_rollback_plan").fill(
        "Drop the index concurrently; it takes about three minutes."
    )
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("it is back in planning")
    page.get_by_role("button", name="Submit for approval").click()

    for name in ("peer", "owner", "cab-1"):
        _approve(voter, name, path)
    voter.sign_out()
    seen = voter.sign_in("cab-2", then=path)
    expect(seen.locator("#what .notice")).to_have_count(0)
    seen.get_by_label("Comment").fill("Rehearsed and reversible.")
    seen.get_by_role("button", name="Approve").click()
    expect(seen.get_by_role("status")).to_contain_text("That was the last vote: it is scheduled.")
    voter.screen("normal-3-scheduled")
    page = author.go(path)
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text("Roll back…").click()
    page.get_by_label("What was rolled back, and why").fill("Locks queued up for 40 s.")
    page.get_by_role("button", name="Roll back", exact=True).click()
    page.get_by_text("Write the review…").click()
    page.get_by_label("What happened, why, and what will be different").fill("Build it at night.")
    page.get_by_role("button", name="Write the review", exact=True).click()
    page.locator("#verb-close summary").click()
    page.get_by_label("Outcome").select_option("rolled_back")
    page.get_by_label("How it went").fill("Back as before.")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".answer")).to_contain_text("Rolled back.")
    author.screen("normal-4-rolled-back")

    change = Change.objects.get()
    assert (change.state, change.outcome, change.approval_round) == ("closed", "rolled_back", 2)
    assert verbs_of(change.ref).count("vote.cast") == 7


def test_emergency_breaks_the_glass_and_is_voted_on_afterwards(visit: Visit) -> None:
    incident = living.incident(1)
    visitor = visit()
    page = visitor.sign_in("oncall", then="/changes/new?from=incident")

    page.get_by_role("link", name=incident.ref).click()
    page.get_by_label("Environment").select_option("production")
    page.get_by_label("Description").fill("Refunds time out; switch the queue off.")
    page.get_by_label("Implementation").fill("Set refunds.queue=off.")
    page.locator("#id_test_plan").fill("One refund in staging.")
    page.locator("#id_rollback_plan").fill("Set refunds.queue=on.")
    page.get_by_label("Monitoring").fill("Refund failures.")
    expect(page.locator("#advice")).to_contain_text("1 × Emergency CAB")
    page.get_by_role("button", name="Save as draft").click()
    page.get_by_role("button", name="Submit for approval").click()
    page.get_by_text("Break glass…").click()
    page.get_by_label("Why this cannot wait for the emergency CAB").fill("Nobody answers.")
    visitor.screen("emergency-1-break-glass")
    page.get_by_role("button", name="Break glass", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Broke the glass")
    expect(page.locator(".answer")).to_contain_text("It was started before its votes were in.")
    visitor.screen("emergency-2-votes-due")
    page.get_by_role("button", name="Finish").click()
    path = page.url.removeprefix(visitor.url)
    assert Change.objects.get().state == State.VALIDATING
    _approve(visitor, "cab-1", path)
    visitor.screen("emergency-3-approved-afterwards")

    change = Change.objects.get()
    assert change.retroactively_approved_at is not None
    assert verbs_of(change.ref)[-2:] == ["vote.cast", "change.retroactively_approved"]


def _plan_now(page: Page) -> None:
    """Plan from half an hour ago for two hours, as typed in Amsterdam."""
    begins = timezone.now().astimezone(AMSTERDAM) - timedelta(minutes=30)
    for label, at in (("Planned start", begins), ("Planned end", begins + timedelta(hours=2))):
        page.get_by_label(label).fill(_typed(at))


def _typed(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M}"


def _write(page: Page, *, service: str, category: str) -> None:
    page.get_by_label("Title").fill("Index refunds by payment and time")
    page.get_by_label("Description").fill("Look-ups take 4 s at peak.")
    page.get_by_label("Category").select_option(category)
    page.get_by_role("main").get_by_label("Service").fill(service)
    page.get_by_label("Environment").select_option("production")
    page.get_by_label("Implementation").fill(
        "1. Build the index concurrently.\n2. Explain the query."
    )
    page.locator("#id_test_plan").fill("On a copy of production: 4.1 s became 12 ms.")
    page.locator("#id_rollback_plan").fill("Drop the index.")
    page.get_by_label("Monitoring").fill("Lock queue and p99, for an hour.")
    _plan_now(page)


def _approve(visitor: Visitor, name: str, path: str) -> None:
    visitor.sign_out()
    page = visitor.sign_in(name, then=path)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text("You approved")
