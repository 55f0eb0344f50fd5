"""The list of changes, its filters, and its export."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from changes.states import State
from changes.web.filters import FilterForm, views
from tests import living
from tests.living import change_at, file

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]


@pytest.mark.parametrize("count", [1, 3])
def test_list_needs_the_same_statements_for_one_row_and_for_three(
    count: int, signed_in: Open, statements: Callable[[Client, str], int]
) -> None:
    for _ in range(count):
        change_at(State.PLANNING)
    client = signed_in("engineer")

    assert len(client.get("/changes/").context["changes"]) == count
    assert statements(client, "/changes/") == 4


def test_filters_stand_in_the_address(signed_in: Open) -> None:
    low, high = file(title="Low"), file(title="High", risk="high")
    cancelled = change_at(State.CANCELLED, title="Dropped")
    running = change_at(State.IMPLEMENTING, title="Runs")
    theirs = file(by="peer", title="Of a peer")
    client = signed_in("engineer")

    found = {
        address: [row.ref for row in client.get(f"/changes/?{address}").context["changes"]]
        for address in (
            "",
            "state=cancelled",
            "state=in_flight",
            "state=open&risk=low&mine=on",
            "service=payments-api",
            "mine=on&state=planning",
            "q=dropped",
            "kind=emergency",
        )
    }

    assert found == {
        "": [theirs.ref, running.ref, cancelled.ref, high.ref, low.ref],
        "state=cancelled": [cancelled.ref],
        "state=in_flight": [running.ref],
        "state=open&risk=low&mine=on": [running.ref, low.ref],
        "service=payments-api": [high.ref],
        "mine=on&state=planning": [high.ref, low.ref],
        "q=dropped": [cancelled.ref],
        "kind=emergency": [],
    }


def test_days_begin_at_midnight_in_the_readers_zone() -> None:
    form = FilterForm({"planned_from": "2026-11-23", "planned_to": "2026-11-24"})
    with timezone.override("Europe/Amsterdam"):
        assert form.is_valid()
        filters = form.filters(username="engineer")

    assert filters.planned_from is not None
    assert filters.planned_to is not None
    assert filters.planned_from.isoformat() == "2026-11-23T00:00:00+01:00"
    assert filters.planned_to.isoformat() == "2026-11-25T00:00:00+01:00"


def test_pages_lead_on_and_back(signed_in: Open) -> None:
    refs = [file().ref for _ in range(27)]
    client = signed_in("engineer")

    first = client.get("/changes/?state=planning")
    second = client.get(first.context["pager"]["older_url"])
    back = client.get(second.context["pager"]["newer_url"])

    assert [row.ref for row in first.context["changes"]] == refs[:1:-1]
    assert first.context["pager"]["words"] == "25 of 27"
    assert [row.ref for row in second.context["changes"]] == refs[1::-1]
    assert second.context["pager"]["older_url"] == ""
    assert "state=planning" in second.context["pager"]["newer_url"]
    assert back.context["changes"] == first.context["changes"]


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("state=odd", "Select a valid choice. odd is not one of the available choices."),
        ("service=zzz", "There is no service zzz."),
        ("team=zzz", "There is no team zzz."),
        ("planned_from=soon", "Enter a valid date."),
        (
            "environment=zzz",
            "Select a valid choice. That choice is not one of the available choices.",
        ),
    ],
)
def test_unknown_filter_is_told(address: str, sentence: str, signed_in: Open) -> None:
    file()

    page = signed_in("engineer").get(f"/changes/?{address}")

    assert page.status_code == 422
    assert page.context["changes"] == []
    assert sentence in page.content.decode()


def test_broken_cursor_is_told(signed_in: Open) -> None:
    assert signed_in("engineer").get("/changes/?cursor=zzz").status_code == 422


def test_ref_in_the_search_leads_to_its_page(signed_in: Open) -> None:
    change, incident = file(), living.incident()
    client = signed_in("engineer")

    assert client.get(f"/changes/?q={change.ref.lower()}")["Location"] == f"/changes/{change.ref}"
    assert client.get(f"/changes/?q={incident.ref}")["Location"] == f"/incidents/{incident.ref}"
    assert client.get("/changes/?q=refunds")["Location"] == "/changes/?service=refunds"
    assert client.get("/changes/?q=CHG-999999").status_code == 200


def test_empty_list_says_how_to_begin(signed_in: Open) -> None:
    client = signed_in("engineer")

    assert "The first one begins with a plan." in client.get("/changes/").content.decode()
    assert "No change matches these filters." in client.get("/changes/?mine=on").content.decode()


def test_saved_views_name_the_week_they_stand_in() -> None:
    found = views("/changes/?state=closed", today=date(2026, 11, 21))

    assert [(one["label"], one["url"], one["current"]) for one in found] == [
        ("All", "/changes/", False),
        ("Mine", "/changes/?mine=on", False),
        ("Waiting for approval", "/changes/?state=awaiting_approval", False),
        ("In flight", "/changes/?state=in_flight", False),
        ("This week", "/changes/?planned_from=2026-11-16&planned_to=2026-11-22", False),
        ("Closed", "/changes/?state=closed", True),
        ("Unauthorised", "/changes/?unauthorised=on", False),
    ]


def test_export_holds_the_filtered_rows(signed_in: Open) -> None:
    planned = file(title="=HYPERLINK(1)")
    change_at(State.CANCELLED)
    client = signed_in("auditor")
    page = client.get("/changes/?state=planning")

    answer = client.get(page.context["export_url"])
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert [(row["ref"], row["title"], row["state"]) for row in rows] == [
        (planned.ref, "'=HYPERLINK(1)", "planning")
    ]


def test_export_of_unknown_filters_is_refused(signed_in: Open) -> None:
    client = signed_in("auditor")

    assert client.get("/changes/export.csv?state=odd").status_code == 422
    assert client.get("/changes/export.csv?service=zzz").status_code == 422


def test_long_title_and_late_plan_are_shown(signed_in: Open) -> None:
    file(title="x" * 200, planned_end_at=living.at(60) + timedelta(days=300))

    page = signed_in("engineer").get("/changes/")

    assert "x" * 200 in page.content.decode()
