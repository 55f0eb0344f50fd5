"""The admin in a browser: no script complains, and what saves is in sight."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import User
from changes.models import Window
from changes.states import State
from tests.journeys.browsing import Visitor
from tests.living import change_at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.usefixtures("today"),
]
Visit = Callable[..., Visitor]


@pytest.fixture
def desk(visit: Visit) -> Visitor:
    """Signed in as somebody who may do everything; complaints of scripts fail the test."""
    User.objects.filter(username="manager").update(is_staff=True, is_superuser=True)
    visitor = visit()
    visitor.sign_in("manager")
    return visitor


def test_the_queue_runs_without_complaint_and_counts_what_is_chosen(desk: Visitor) -> None:
    change_at(State.AWAITING_APPROVAL, risk="high")

    page = desk.go("/admin/changes/change/?wanted=all")
    page.locator("tr input.action-select").first.check()

    assert page.locator(".action-counter").inner_text() == "1 of 1 selected"


def test_saving_is_in_sight_however_long_the_form(desk: Visitor, visit: Visit) -> None:
    window = Window.objects.create(
        name="Audit", starts_at=timezone.now(), ends_at=timezone.now() + timedelta(hours=1)
    )
    change = change_at(State.PLANNING)
    author = visit()
    author.sign_in("engineer")

    for visitor, path in (
        (desk, f"/admin/changes/window/{window.pk}/change/"),
        (author, f"/changes/{change.ref}/edit"),
    ):
        page = visitor.go(path)
        box = page.get_by_role("button", name="Save", exact=True).bounding_box()
        assert box is not None
        assert 0 < box["y"] < 900 - box["height"], path
