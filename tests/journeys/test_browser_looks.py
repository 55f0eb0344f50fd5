"""The pages of changes in light and dark, wide and narrow, in every state, with hostile words."""

from collections.abc import Callable

import pytest

from changes.states import Kind, State
from tests import living
from tests.journeys.browsing import Visitor, look_at
from tests.living import change_at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.usefixtures("today"),
]
Visit = Callable[..., Visitor]
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def engineer(visit: Visit) -> Visitor:
    visitor = visit()
    visitor.sign_in("engineer", then="/changes/")
    return visitor


def test_list_without_rows_and_with_every_state(engineer: Visitor) -> None:
    look_at(engineer, "/changes/", name="list-empty")
    for state in State:
        change_at(state)
    held = living.file(title="x" * 200, risk="high")
    living.say("hold", held, minutes=5, reason="Wait.")

    look_at(engineer, "/changes/", name="list")
    look_at(engineer, "/changes/?state=odd&service=zzz", name="list-wrong-filter")


@pytest.mark.parametrize("state", list(State))
def test_page_of_a_change_in_every_state(state: State, engineer: Visitor) -> None:
    checks = [] if state is State.CLOSED else ["smoke", "p99"]
    change = change_at(state, risk="high", required_checks=checks)

    look_at(engineer, f"/changes/{change.ref}", name=f"detail-{state}")


def test_page_of_a_change_that_broke_the_glass(engineer: Visitor) -> None:
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)
    living.say("break_glass", change, minutes=60, reason="Nobody answers.")
    living.say("roll_back", change, minutes=70, note="It did not help.")

    look_at(engineer, f"/changes/{change.ref}", name="detail-broken-glass")


def test_page_of_a_change_for_a_voter_whose_plan_changed(visit: Visit) -> None:
    change = change_at(State.SCHEDULED, risk="high")
    fields = {"rollback_plan": "Restore what ran last.", "planned_end_at": living.at(240)}
    living.say("edit", change, minutes=40, fields=fields)
    living.say("submit", change, minutes=41)
    visitor = visit()
    visitor.sign_in("cab-1", then="/changes/")

    look_at(visitor, f"/changes/{change.ref}", name="detail-voter")


def test_page_of_a_change_for_an_auditor(visit: Visit) -> None:
    change = change_at(State.SCHEDULED)
    visitor = visit()
    visitor.sign_in("auditor", then="/changes/")

    look_at(visitor, f"/changes/{change.ref}", name="detail-auditor")


def test_hostile_words_and_long_titles_do_nothing(engineer: Visitor) -> None:
    texts = ("description", "implementation_plan", "test_plan", "rollback_plan", "monitoring_plan")
    change = living.file(title=(HOSTILE + "W" * 200)[:200], **dict.fromkeys(texts, HOSTILE * 3))
    living.say("hold", change, minutes=5, reason=HOSTILE)
    heard: list[str] = []
    engineer.page.on("dialog", lambda dialog: heard.append(dialog.message))

    look_at(engineer, f"/changes/{change.ref}", name="detail-hostile")
    look_at(engineer, f"/changes/{change.ref}/edit", name="form-hostile")

    assert heard == []


def test_forms_blank_filled_locked_and_wrong(engineer: Visitor) -> None:
    living.template()
    change = change_at(State.AWAITING_APPROVAL, risk="high")

    look_at(engineer, "/changes/new", name="form-new")
    look_at(engineer, "/changes/new?from=template", name="form-templates")
    look_at(engineer, "/changes/new?from=copy", name="form-copies")
    look_at(engineer, "/changes/new?from=incident", name="form-incidents")
    look_at(engineer, "/changes/new?template=restart-service", name="form-template")
    look_at(engineer, f"/changes/{change.ref}/edit", name="form-edit")
    look_at(engineer, "/changes/CHG-999999", name="no-such-change")
