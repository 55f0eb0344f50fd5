"""The panel that answers while a plan is typed."""

from collections.abc import Callable

import pytest
from django.test import Client

from changes.states import State
from changes.web.fields import local_text
from tests import living
from tests.living import written

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]
TYPED = {
    "kind": "normal",
    "category": "deployment",
    "rollout": "all_at_once",
    "title": "Retry refunds",
    "service": "refunds",
    "environment": "production",
    "description": "Refunds are retried.",
    "implementation_plan": "1. Deploy.",
}


def test_advice_is_given_while_typing_and_nothing_is_written(signed_in: Open) -> None:
    rows = written()

    answer = signed_in("engineer").post(
        "/changes/new", TYPED | {"advice": "1"}, headers={"HX-Request": "true"}
    )

    advice = answer.context["advice"]
    assert (answer.status_code, [template.name for template in answer.templates][:1]) == (
        200,
        ["changes/advice.html"],
    )
    assert b"<html" not in answer.content
    assert [one["label"] for one in advice.missing] == [
        "Test",
        "Rollback",
        "Monitoring",
        "Planned start",
        "Planned end",
    ]
    assert (str(advice.risk.level), advice.risk.score) == ("high", 65)
    assert [(one.authority_label, one.count, one.candidates) for one in advice.requirements] == [
        ("CAB", 2, ["cab-1", "cab-2"]),
        ("Peer of the owner team", 1, ["owner", "peer", "peer-2"]),
        ("Service owner", 1, ["owner"]),
    ]
    assert written() == rows


def test_advice_on_nonsense_is_advice_all_the_same(signed_in: Open) -> None:
    typed = {"advice": "1", "service": "zzz", "planned_start_at": "soon", "kind": "odd"}

    answer = signed_in("engineer").post("/changes/new", typed, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert answer.context["advice"].risk is None
    assert {"label": "Service", "url": "#id_service"} in answer.context["advice"].missing


def test_without_javascript_advice_comes_with_the_page(signed_in: Open) -> None:
    rows = written()

    answer = signed_in("engineer").post("/changes/new", TYPED | {"advice": "1"})

    assert answer.status_code == 200
    assert b"<html" in answer.content
    assert answer.context["advice"].risk.score == 65
    assert answer.context["form"]["title"].value() == "Retry refunds"
    assert written() == rows


def test_conflicts_are_named_while_typing(signed_in: Open) -> None:
    living.one_at_a_time()
    other = living.change_at(State.SCHEDULED)
    period = {
        "planned_start_at": local_text(living.at(120)),
        "planned_end_at": local_text(living.at(150)),
    }

    answer = signed_in("peer").post(
        "/changes/new", TYPED | period | {"advice": "1"}, headers={"HX-Request": "true"}
    )

    (group,) = answer.context["advice"].conflicts
    assert (group.words, group.is_hard, [one.ref for one in group.changes]) == (
        "1 change on refunds in production",
        True,
        [other.ref],
    )
