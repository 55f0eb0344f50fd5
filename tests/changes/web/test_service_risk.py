"""How the changes of a service went, on a page."""

from collections.abc import Callable

import pytest
from django.test import Client

from changes import track_records
from changes.states import State
from tests.living import at, change_at, say

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]
PAGE = "/catalog/refunds/risk"


def test_it_tells_what_the_next_score_rests_on(signed_in: Open) -> None:
    change_at(State.CLOSED)
    failed = change_at(State.VALIDATING)
    say("review", failed, minutes=100, text="It was the cache.")
    say("close", failed, minutes=105, outcome="failed", note="No.")
    track_records.count(now=at(130))

    page = signed_in("stranger").get(PAGE)

    said = page.content.decode()
    assert (page.context["record"].closed, page.context["record"].failed) == (2, 1)
    assert [one.ref for one in page.context["failed"]] == [failed.ref]
    assert "1 of 2 changes" in said
    assert "9 % and 91 %" in said
    assert "2 closed, 1 of them went wrong" in said


def test_a_service_without_history_says_so(signed_in: Open) -> None:
    page = signed_in("engineer").get(PAGE)

    assert page.status_code == 200
    assert "No change of this service was closed" in page.content.decode()


def test_a_service_that_is_not_there_is_not_found(signed_in: Open) -> None:
    assert signed_in("engineer").get("/catalog/nothing/risk").status_code == 404


def test_it_is_for_people_who_signed_in(client: Client) -> None:
    assert client.get(PAGE).status_code == 302


def test_the_catalogue_leads_there(signed_in: Open) -> None:
    assert f'href="{PAGE}"' in signed_in("engineer").get("/catalog/").content.decode()


def test_it_costs_the_same_for_any_history(
    signed_in: Open, statements: Callable[[Client, str], int]
) -> None:
    client = signed_in("engineer")
    empty = statements(client, PAGE)
    change_at(State.CLOSED)
    track_records.count(now=at(130))

    assert statements(client, PAGE) == empty
