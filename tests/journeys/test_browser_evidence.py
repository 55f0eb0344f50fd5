"""The evidence of a change and the audit page, in light and dark, wide and narrow."""

import zipfile
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from changes import deployments
from changes.deployments import Report
from changes.gate import Question, ask
from changes.models import Change
from changes.states import State
from tests import living
from tests.journeys.browsing import LOOKS, Visitor, look_at, sticks_out
from tests.living import at, change_at, person, say

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.usefixtures("today"),
]


def full_life() -> Change:
    """A change with something in every part of its evidence."""
    change = change_at(
        State.SCHEDULED,
        risk="high",
        title="Move refunds to the new queue " + "and then on " * 10,
        justification="Two in a hundred refunds fail.",
    )
    question = Question(service="payments-api", environment="production", revision="4f1c2d9")
    window = living.window("Stocktaking", starts=50, ends=61)
    ask(question, actor=person("ci"), now=at(60))
    window.__class__.objects.filter(pk=window.pk).update(is_active=False)
    let = ask(question, actor=person("ci"), now=at(62))
    deployments.report(
        Report(status="started", at=at(63), permit=let.permit), actor=person("ci"), now=at(63)
    )
    say("finish", change, minutes=90)
    say("report_check", change, minutes=95, name="refunds", passed=True, detail="All 212 passed.")
    say("close", change, minutes=105, outcome="successful", note="It went well.")
    return change


def test_evidence_reads_well_on_every_screen(visit: Callable[..., Visitor]) -> None:
    change = full_life()
    visitor = visit()
    visitor.sign_in("auditor", then=f"/changes/{change.ref}")
    visitor.page.get_by_role("link", name="Evidence").first.click()
    visitor.page.wait_for_url(f"{visitor.url}/changes/{change.ref}/evidence")
    for width, scheme in LOOKS:
        visitor.page.set_viewport_size({"width": width, "height": 900})
        visitor.page.emulate_media(color_scheme=scheme)
        visitor.page.reload()
        visitor.screen(f"evidence-{scheme}-{width}")
        assert sticks_out(visitor.page) == 0, f"{scheme} {width}"
    assert visitor.complaints == []


def test_an_auditor_counts_draws_and_takes(visit: Callable[..., Visitor]) -> None:
    change = full_life()
    change_at(State.CANCELLED)
    visitor = visit()
    page = visitor.sign_in("auditor", then="/audit/")
    zone = ZoneInfo(person("auditor").time_zone)
    first, last = (f"{timezone.localdate(at(minutes), zone)}" for minutes in (0, 105))
    page.get_by_label("From").fill(first)
    page.get_by_label("To, this day too").fill(last)
    page.get_by_role("button", name="Count").click()
    page.get_by_label("Seed").fill("Q4 2026")
    page.get_by_role("button", name="Draw").click()
    asked = page.url.removeprefix(visitor.url)
    look_at(visitor, asked.partition("#")[0], name="audit")
    look_at(visitor, "/audit/", name="audit-empty")

    visitor.go(asked)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download as CSV").click()

    with zipfile.ZipFile(taken.value.path()) as packed:
        assert packed.namelist() == ["population.csv", "manifest.json"]
        assert change.ref in packed.read("population.csv").decode()
