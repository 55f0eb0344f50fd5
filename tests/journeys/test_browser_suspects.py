"""Suspects of an incident in light and dark, wide and narrow, and one click on one of them."""

import re
from collections.abc import Callable

import pytest

from changes.models import IncidentLink
from changes.states import State
from tests.journeys.browsing import Visitor, look_at
from tests.living import change_at, incident

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.usefixtures("today"),
]
Visit = Callable[..., Visitor]


def test_suspects_are_seen_and_one_click_names_the_cause(visit: Visit) -> None:
    change = change_at(State.IMPLEMENTING)
    change_at(State.VALIDATING, title="w" * 200, risk="high", service=change.service)
    broken = incident(2, minutes=100)
    incident(2, minutes=50)
    visitor = visit()
    page = visitor.sign_in("oncall", then=f"/changes/for-incident/{broken.ref}")

    look_at(visitor, f"/changes/for-incident/{broken.ref}", name="suspects")
    page.get_by_text("Arithmetic").first.click()
    page.get_by_role("button", name=re.compile(f"Caused it.*{change.ref}")).click()
    page.wait_for_url(f"**/incidents/{broken.ref}")

    look_at(visitor, "/audit/suspects", name="suspects-audit")
    assert IncidentLink.objects.get().relation == "caused"
