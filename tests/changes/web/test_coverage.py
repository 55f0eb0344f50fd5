"""The page that says how much of what is deployed had leave."""

from collections.abc import Callable

import pytest
from django.test import Client

from changes import sightings
from changes.models import Change
from changes.sightings import Sighting
from tests.living import at, environment, service

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]
PAGE = "/audit/coverage"


@pytest.fixture
def found(today: None) -> Change:
    told = Sighting("github", "4f1c2d9", at(0), project="acme/refunds", source="shop")
    sightings.see(told, place=(service(), environment()), now=at(0))
    sightings.judge(now=at(1), limit=9)
    return Change.objects.get()


def test_each_service_stands_with_its_share_and_leads_to_what_was_found(
    signed_in: Open, found: Change
) -> None:
    client = signed_in("engineer")
    page = client.get(PAGE).content.decode()

    assert "0.0 % had leave" in page
    assert "Of 1 service nothing was seen." in page
    assert '<td colspan="5" class="quiet">nothing seen</td>' in page
    there = "/changes/?unauthorised=on&amp;service=refunds"
    assert f'<a href="{there}">1' in page
    listed = client.get(there.replace("&amp;", "&"))
    assert [one.ref for one in listed.context["changes"]] == [found.ref]
    assert 'data-state="unauthorised"' in listed.content.decode()


def test_the_change_says_that_it_had_no_leave_and_owes_its_review(
    signed_in: Open, found: Change
) -> None:
    page = signed_in("engineer").get(f"/changes/{found.ref}").content.decode()

    assert 'data-state="unauthorised"' in page
    assert "found it deployed without leave" in page
    assert "The review" in page


def test_the_csv_has_every_service(signed_in: Open, found: Change) -> None:
    answer = signed_in("engineer").get(f"{PAGE}.csv")

    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines == [
        "service,team,seen,by_permit,by_change,unauthorised,waiting,percent",
        "refunds,payments,1,0,0,1,0,0.0",
        "payments-api,payments,0,0,0,0,0,",
    ]


def test_where_nothing_was_seen_no_share_is_told(signed_in: Open) -> None:
    page = signed_in("engineer").get(PAGE)

    assert "Nothing was seen" in page.content.decode()
    assert "100" not in page.content.decode().split("<main")[1]


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}.csv"])
@pytest.mark.parametrize(
    "asked", [{"since": "soon"}, {"team": "nobody"}, {"since": "2026-03-02", "until": "2026-02-01"}]
)
def test_what_cannot_be_asked_is_refused(signed_in: Open, path: str, asked: dict) -> None:
    answer = signed_in("engineer").get(path, asked)

    assert answer.status_code == 422


def test_it_is_for_whoever_is_signed_in() -> None:
    assert Client().get(PAGE)["Location"].startswith("/sign-in")
