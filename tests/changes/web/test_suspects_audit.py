"""The page that says how often the first suspect was the cause."""

from collections.abc import Callable

import pytest
from django.test import Client

from changes import incident_links
from changes.incident_links import Said
from changes.models import IncidentLink
from changes.states import State
from tests.living import at, change_at, incident, person

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]
PAGE = "/audit/suspects"


def caused(change: str, broken: str) -> None:
    said = Said(change, broken, "caused", note="Errors began with it.")
    incident_links.link(said, actor=person("oncall"), now=at(105))


def test_each_version_stands_with_its_shares_and_every_cause_with_its_place(
    signed_in: Open, statements: Callable[[Client, str], int]
) -> None:
    changes = [change_at(State.VALIDATING) for _ in range(4)]
    client = signed_in("auditor")
    nothing = client.get(PAGE).content.decode()
    hit, miss = incident(3, minutes=100), incident(3, minutes=101)
    caused(changes[-1].ref, hit.ref)
    one = statements(client, PAGE)
    caused(changes[0].ref, miss.ref)
    IncidentLink.objects.filter(change=changes[0]).update(weighed={})

    page = client.get(PAGE)

    shown = [(row.counted.version, row.is_now, row.first) for row in page.context["rows"]]
    assert shown == [("1", True, "100 %"), ("", False, "0 %")]
    html = page.content.decode()
    assert "Nobody confirmed a cause in this period." in nothing
    assert f'href="/incidents/{hit.ref}">{hit.ref}</a>' in html
    assert "stood at place 1 of 4, with" in html
    assert "was no suspect" in html
    assert statements(client, PAGE) == one


def test_a_period_that_cannot_be_says_so(signed_in: Open) -> None:
    answer = signed_in("auditor").get(f"{PAGE}?since=yesterday")

    assert answer.status_code == 422
    assert "Give a day, such as 2026-03-31." in answer.content.decode()


def test_a_day_without_causes_is_empty_and_strangers_sign_in(signed_in: Open) -> None:
    empty = signed_in("auditor").get(f"{PAGE}?since=2020-01-01&until=2020-01-02")

    assert empty.context["rows"] == []
    assert Client().get(PAGE)["Location"].startswith("/sign-in")
