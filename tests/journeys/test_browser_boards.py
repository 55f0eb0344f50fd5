"""The standard catalogue and the meetings of the CAB in light and dark, wide and narrow."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests import living
from tests.changes.meetings import convened
from tests.changes.standards import earned
from tests.journeys.browsing import Visitor, look_at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.usefixtures("today"),
]
Visit = Callable[..., Visitor]
HOSTILE = "<script>alert(1)</script>" + "W" * 120


def test_the_catalogue_with_nothing_and_with_versions_uses_and_a_suspension(visit: Visit) -> None:
    manager = visit()
    manager.sign_in("manager", then="/templates/")
    look_at(manager, "/templates/", name="templates-empty")
    look_at(manager, "/templates/propose", name="template-propose")
    row = earned.published(suspend_after_failures=1)
    earned.planned(row, minutes=142)
    earned.used(row, "rolled_back", minutes=150)
    earned.propose(minutes=160, rollback_plan=HOSTILE, why=HOSTILE)

    look_at(manager, "/templates/", name="templates")
    look_at(manager, "/templates/restart", name="template-proposed")
    earned.tell("approve", by="cab-1", minutes=161, comment=HOSTILE)
    look_at(manager, "/templates/restart?from=1&to=2#versions", name="template-compared")


def test_a_meeting_is_held_in_the_browser_with_its_clock_ticking(visit: Visit) -> None:
    starts = living.at(120)
    convened.board(recurrence="FREQ=DAILY", start_time=starts.time(), duration=timedelta(hours=1))
    change = convened.risky(title=HOSTILE)
    convened.tick(1)
    convened.tick(100)
    meeting = convened.first()
    chair = visit()
    chair.sign_in("cab-1", then="/meetings/")
    look_at(chair, "/meetings/", name="meetings")
    here = f"/meetings/{meeting.ref}"
    look_at(chair, here, name="meeting-ahead")

    page = chair.page
    page.get_by_role("button", name="Start the meeting").click()
    page.get_by_role("button", name="Begin", exact=True).click()
    clock = page.locator("[data-seconds]")
    was = clock.inner_text()
    page.wait_for_function(
        "was => document.querySelector('[data-seconds]').innerText !== was", arg=was
    )
    look_at(chair, here, name="meeting-running")
    page.get_by_text("Defer…").click()
    page.get_by_label("What is missing, so that the next meeting can decide").fill("The load test.")
    page.get_by_role("button", name="Defer", exact=True).click()
    page.get_by_role("button", name="End the meeting").click()
    look_at(chair, here, name="meeting-over")

    assert meeting.items.get(change=change).outcome == "deferred"
