"""Where a new change starts."""

from collections.abc import Callable

import pytest
from django.test import Client

from changes.models import Change
from changes.states import Kind, State
from tests import living
from tests.living import change_at

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]


def test_template_fills_in_and_locks(signed_in: Open) -> None:
    living.template()
    client = signed_in("engineer")
    address = "/changes/new?template=restart-service"
    page = client.get(address)
    typed = {
        "title": "Restart refunds",
        "service": "refunds",
        "environment": "production",
        "description": "It is slow.",
        "category": "other",
        "rollout": "rolling",
        "kind": "normal",
        "rollback_plan": "I typed this into a locked field.",
    }

    client.post(address, typed)

    change = Change.objects.get()
    locked = dict(pair for section in page.context["sections"] for pair in section.locked)
    assert locked["Implementation"] == "Roll out."
    assert locked["Kind"] == "Standard"
    assert (change.kind, change.template.slug) == (Kind.STANDARD, "restart-service")
    assert change.rollback_plan == "Redeploy what ran before."


def test_copy_takes_the_plan_and_leaves_its_time(signed_in: Open) -> None:
    earlier = change_at(State.CLOSED)

    form = signed_in("peer").get(f"/changes/new?copy={earlier.ref}").context["form"]

    assert form["title"].value() == "Retry refunds"
    assert form["rollback_plan"].value() == "Redeploy what ran before."
    assert form["service"].value() == "refunds"
    assert form["revision"].value() in ("", None)
    assert form["planned_start_at"].value() is None


def test_incident_begins_an_emergency_change(signed_in: Open) -> None:
    incident = living.incident()

    form = signed_in("oncall").get(f"/changes/new?incident={incident.ref}").context["form"]

    assert form["kind"].value() == "emergency"
    assert form["incident"].value() == incident.pk
    assert form["service"].value() == "refunds"
    assert form["title"].value() == f"Answer {incident.ref}: Refunds fail"
    assert form["planned_start_at"].value() is not None


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("template=nope", "The template nope does not exist: choose a published one."),
        ("copy=CHG-999999", "There is no change CHG-999999 to copy."),
        ("incident=INC-999999", "There is no incident INC-999999."),
    ],
)
def test_unknown_start_offers_what_there_is(address: str, sentence: str, signed_in: Open) -> None:
    page = signed_in("engineer").get(f"/changes/new?{address}")

    assert page.status_code == 404
    assert page.context["problem"] == sentence
    assert sentence in page.content.decode()


def test_starting_points_are_offered(signed_in: Open) -> None:
    living.template()
    incident = living.incident()
    mine = change_at(State.CANCELLED)
    client = signed_in("engineer")

    found = {
        way: [choice.ref for choice in client.get(f"/changes/new?from={way}").context["choices"]]
        for way in ("template", "copy", "incident")
    }

    assert found == {
        "template": ["restart-service"],
        "copy": [mine.ref],
        "incident": [incident.ref],
    }


def test_schedule_can_hint_place_and_time(signed_in: Open) -> None:
    form = (
        signed_in("engineer")
        .get("/changes/new?service=refunds&environment=production&start=2036-11-23T09:00:00Z&end=x")
        .context["form"]
    )

    assert form["service"].value() == "refunds"
    assert form["planned_start_at"].value() == "2036-11-23T09:00"
    assert form["planned_end_at"].value() is None
