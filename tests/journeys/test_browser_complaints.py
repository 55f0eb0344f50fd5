"""Reporting a problem, and trying a mapping, in light and dark, wide and narrow."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from catalog.models import Service, User
from incidents import complaints
from ledger.inbox import sources
from tests.journeys.browsing import Visitor, look_at, sticks_out
from tests.living import incident, person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.usefixtures("today"),
]
Visit = Callable[..., Visitor]


def test_a_person_reports_a_problem_without_javascript(visit: Visit) -> None:
    incident(2, minutes=40)
    for number, subject in enumerate(["I cannot pay", "w" * 200]):
        complaints.report(
            subject=subject,
            said_by="engineer",
            message_id=str(number),
            service=Service.objects.first(),
            affected=40,
            actor=person("engineer"),
            now=timezone.now(),
        )
    visitor = visit(java_script_enabled=False)
    page = visitor.sign_in("engineer", then="/report")
    page.get_by_label("What happens").fill("Refunds never arrive")
    page.get_by_role("combobox", name="Service").fill(Service.objects.last().slug)
    page.get_by_label("How many people have it").fill("7")
    page.get_by_role("button", name="Report the problem").click()

    expect(page.locator("main, body").first).to_contain_text(
        "Reported. Whoever is on call sees it."
    )
    expect(page.get_by_role("row", name="Refunds never arrive")).to_be_visible()


def test_the_page_is_seen_and_a_mapping_is_tried(visit: Visit) -> None:
    now = timezone.now()
    incident(2, minutes=40)
    complaints.report(
        subject="w" * 200, said_by="x", message_id="1", actor=person("engineer"), now=now
    )
    given = {"slug": "tool", "name": "Tool", "vendor": "json"}
    sources.make(actor=person("manager"), now=now, **given)
    User.objects.filter(username="manager").update(is_staff=True)
    visitor = visit()
    page = visitor.sign_in("manager", then="/report")
    look_at(visitor, "/report", name="report-problem")
    page.get_by_role("button", name="Report the problem").click()
    visitor.screen("report-wrong")

    visitor.go("/admin/incidents/signalmapping/add/")
    page.get_by_label("Source").select_option(label="tool")
    page.get_by_label("Key:").fill("id")
    page.get_by_label("Service:").fill("svc")
    page.get_by_label("A message").fill('{"id": "queue-7"}')
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("listitem").filter(has_text="key queue-7")).to_be_visible()
    expect(page.get_by_text("“service” is read from svc, where nothing is.")).to_be_visible()
    visitor.screen("mapping-tried")
    assert sticks_out(page) == 0
