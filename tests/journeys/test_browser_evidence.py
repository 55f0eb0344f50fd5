"""The evidence of a change and the audit page, in light and dark, wide and narrow."""

from collections.abc import Callable

import pytest

from changes import deployments
from changes.deployments import Report
from changes.gate import Question, ask
from changes.models import Change
from changes.states import State
from tests import living
from tests.journeys.browsing import SCHEMES, WIDTHS, Visitor, sticks_out
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
    for width in WIDTHS:
        for scheme in SCHEMES:
            visitor.page.set_viewport_size({"width": width, "height": 900})
            visitor.page.emulate_media(color_scheme=scheme)
            visitor.page.reload()
            visitor.screen(f"evidence-{scheme}-{width}")
            assert sticks_out(visitor.page) == 0, f"{scheme} {width}"
            visitor.page.evaluate("1")  # axe's own styles are refused by the page's policy
    assert visitor.complaints == []
