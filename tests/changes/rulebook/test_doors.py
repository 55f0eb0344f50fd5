"""What other tools call the places here: rows that change managers keep."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from changes.models import DoorMapping
from changes.queries.doors import mapped
from changes.rulebook import doors
from ledger import rows
from ledger.decision import Refused
from ledger.models import Event
from tests import living
from tests.config.recorded import CHANGED, faults, sql
from tests.living import at, events_of

pytestmark = pytest.mark.usefixtures("settled")


def mapping(*, by: str = "manager", **given: Any) -> DoorMapping:
    """`acme/shop` of GitHub, every stage, is refunds in production, unless `given` says more."""
    words = {
        "vendor": "github",
        "project": "acme/shop",
        "service": living.service(),
        "environment": living.environment(),
    }
    return doors.save(DoorMapping(**words | given), actor=living.person(by), now=at(0))


def test_a_mapping_is_recorded_with_what_it_says() -> None:
    row = mapping(stage="live")

    (event,) = events_of(row.ref)
    assert (event.verb, event.actor) == ("door_mapping.created", "manager")
    assert event.about == ["service:refunds"]
    assert event.data == {
        "name": "GitHub: acme/shop, live",
        "is_active": True,
        "says": {
            "vendor": "github",
            "project": "acme/shop",
            "stage": "live",
            "service": "refunds",
            "environment": "production",
        },
        "row_digest": rows.digest(row),
    }


def test_an_edit_is_recorded_and_one_that_says_nothing_new_is_not() -> None:
    row = mapping()
    row.service = living.service("payments-api")
    doors.save(row, actor=living.person("manager"), now=at(1))
    doors.save(row, actor=living.person("manager"), now=at(2))

    created, edited = events_of(row.ref)
    assert (created.verb, edited.verb) == ("door_mapping.created", "door_mapping.edited")
    assert edited.data["diff"] == {"service": ["refunds", "payments-api"]}


def test_a_mapping_that_is_changed_in_sql_is_named() -> None:
    row = mapping()
    sql("UPDATE changes_doormapping SET stage = 'x'")

    assert [fault for fault in faults() if fault.startswith("MAP-")] == [
        f"{row.ref} {CHANGED} since event 1 (door_mapping.created, 2026-11-18 09:00:00 UTC)."
    ]


def test_a_named_stage_goes_before_every_stage_and_case_does_not_count() -> None:
    every, live = mapping(), mapping(stage="live")

    assert mapped(vendor="github", project="Acme/Shop", stage="Live") == live
    assert mapped(vendor="github", project="acme/shop", stage="test") == every
    assert mapped(vendor="github", project="acme/other", stage="live") is None
    assert mapped(vendor="azure", project="acme/shop", stage="live") is None


def test_a_mapping_that_is_off_maps_nothing() -> None:
    mapping(is_active=False)

    assert mapped(vendor="github", project="acme/shop", stage="live") is None


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"project": ""}, {"project": ["This field cannot be blank."]}),
        ({"vendor": "gitlab"}, {"vendor": ["Value 'gitlab' is not a valid choice."]}),
        ({"project": "ACME/shop"}, {"project": ["MAP-1 maps it already: edit that one."]}),
    ],
)
def test_what_cannot_be_a_mapping_is_refused(given: Any, wrong: dict[str, list[str]]) -> None:
    first = mapping()
    count = Event.objects.count()

    with pytest.raises(ValidationError) as refused:
        mapping(**given)

    said = {
        field: [one.replace("MAP-1", first.ref) for one in some] for field, some in wrong.items()
    }
    assert refused.value.message_dict == said
    assert (DoorMapping.objects.count(), Event.objects.count()) == (1, count)


@pytest.mark.parametrize("name", ["engineer", "cab-1", "auditor", "stranger", "ci"])
def test_nobody_but_a_change_manager_maps(name: str) -> None:
    with pytest.raises(Refused) as refused:
        mapping(by=name)

    assert refused.value.decision.codes == ("not_permitted",)
    assert not DoorMapping.objects.exists()
