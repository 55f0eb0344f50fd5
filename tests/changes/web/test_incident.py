"""The changes around an incident, as its page loads them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalog.models import ServiceDependency
from changes.states import Kind, State
from tests import living
from tests.living import change_at, incident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
Browser = Callable[[str], Client]


def around(client: Client, ref: str, **more: Any) -> tuple[list[str], list[str]]:
    """Refs of what answers it, and of what ran before."""
    context = client.get(f"/changes/for-incident/{ref}", **more).context
    return [one.ref for one in context["answering"]], [
        one.ref for one in context["ranking"].suspects
    ]


def test_what_answers_it_and_what_ran_before_are_told_apart(signed_in: Browser):
    before = change_at(State.IMPLEMENTING)
    broken = incident(2, minutes=100)
    answer = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY, incident=broken)

    assert around(signed_in("stranger"), broken.ref) == ([answer.ref], [before.ref])


def test_what_started_later_cannot_have_caused_it(signed_in: Browser):
    broken = incident(3, minutes=59)
    change_at(State.IMPLEMENTING)

    assert around(signed_in("stranger"), broken.ref) == ([], [])


def test_what_ended_four_days_before_is_too_long_ago(signed_in: Browser):
    change_at(State.VALIDATING)
    early, late = incident(3, minutes=90 + 72 * 60 - 1), incident(3, minutes=90 + 72 * 60)
    client = signed_in("stranger")

    assert len(around(client, early.ref)[1]) == 1
    assert around(client, late.ref)[1] == []


def test_what_a_service_needs_may_have_broken_it(signed_in: Browser):
    api, refunds = living.service("payments-api"), living.service("refunds")
    change = change_at(State.IMPLEMENTING)
    on_api = incident(3, on="payments-api", minutes=100)
    client = signed_in("stranger")

    apart = around(client, on_api.ref)[1]
    ServiceDependency.objects.create(service=api, needs=refunds)

    assert apart == []
    assert around(client, on_api.ref)[1] == [change.ref]


def test_a_change_that_also_affects_the_service_may_have_broken_it(signed_in: Browser):
    change = change_at(State.IMPLEMENTING, also_affects=[living.service("payments-api")])
    on_api = incident(3, on="payments-api", minutes=100)

    assert around(signed_in("stranger"), on_api.ref)[1] == [change.ref]


def test_a_page_gets_the_part_and_a_reader_the_page(signed_in: Browser):
    ref = incident(3).ref
    client = signed_in("stranger")

    whole = client.get(f"/changes/for-incident/{ref}")
    part = client.get(f"/changes/for-incident/{ref}", headers={"HX-Request": "true"})

    assert "<html" in whole.content.decode()
    assert "<html" not in part.content.decode()
    assert part["Vary"].startswith("HX-Request")
    assert f"/changes/for-incident/{ref}" in client.get(f"/incidents/{ref}").content.decode()


@pytest.mark.parametrize("ref", ["INC-999999", "INC-x", "CHG-1", "inc"])
def test_an_unknown_incident_is_not_found(ref: str, signed_in: Browser):
    assert signed_in("stranger").get(f"/changes/for-incident/{ref}").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_it_takes_as_many_statements_however_many_rows(
    rows: int, signed_in: Browser, django_assert_num_queries: Any
):
    for _ in range(rows):
        change_at(State.IMPLEMENTING)
    ref = incident(3, minutes=100).ref
    client = signed_in("stranger")

    with django_assert_num_queries(11):
        client.get(f"/changes/for-incident/{ref}")


def said(client: Client, ref: str, **given: str) -> Any:
    words = {"relation": "caused", "certainty": "", "note": "Errors began with it.", **given}
    return client.post(f"/changes/for-incident/{ref}", words)


def test_who_answers_it_says_what_caused_it(signed_in: Browser):
    change, broken = change_at(State.IMPLEMENTING), incident(2, minutes=100)
    client = signed_in("oncall")

    answer = said(client, broken.ref, change=change.ref)

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/incidents/{broken.ref}")
    (link,) = client.get(f"/changes/for-incident/{broken.ref}").context["links"]
    assert (link.change.ref, link.relation, link.decider) == (change.ref, "caused", "oncall")
    assert "caused" in client.get(f"/changes/{change.ref}").content.decode()


@pytest.mark.parametrize(
    ("by", "given", "status", "words"),
    [
        ("stranger", {}, 403, "Only who answers"),
        ("oncall", {"change": "CHG-999999"}, 422, "There is no change"),
        ("oncall", {"note": ""}, 422, "Say what shows it."),
        ("oncall", {"relation": "broke"}, 422, "is not one of the available choices"),
    ],
)
def test_what_cannot_be_said_comes_back_with_why(signed_in: Browser, by, given, status, words):
    change, broken = change_at(State.IMPLEMENTING), incident(2, minutes=100)

    answer = said(signed_in(by), broken.ref, **{"change": change.ref, **given})

    assert (answer.status_code, words in answer.content.decode()) == (status, True)
    assert broken.change_links.count() == 0


def test_one_click_says_it_with_the_sentence_that_was_shown(signed_in: Browser):
    change, broken = change_at(State.IMPLEMENTING), incident(2, minutes=100)
    client = signed_in("oncall")
    (suspect,) = client.get(f"/changes/for-incident/{broken.ref}").context["ranking"].suspects
    shown = {"change": change.ref, "shown": suspect.suspect.reason, "note": ""}

    client.post(f"/changes/for-incident/{broken.ref}", {**shown, "relation": "caused"})
    caused = broken.change_links.get()
    client.post(f"/changes/for-incident/{broken.ref}", {**shown, "relation": "dismissed"})
    dismissed = broken.change_links.get()

    assert (caused.relation, caused.note) == ("caused", suspect.suspect.reason)
    assert caused.weighed == suspect.suspect.as_json(of=1)
    assert (dismissed.relation, dismissed.note) == ("dismissed", "Unrelated, at the same time.")


def test_a_stranger_sees_the_arithmetic_and_buttons_that_are_refused(signed_in: Browser):
    change_at(State.IMPLEMENTING)
    broken = incident(2, minutes=100)

    page = signed_in("stranger").get(f"/changes/for-incident/{broken.ref}").content.decode()

    assert "changed the service that broke" in page
    assert page.count('name="relation" value="caused" disabled') == 1
    assert "Only who answers" in page


def test_one_click_takes_a_suspect_back_and_leads_to_the_change(signed_in: Browser):
    change, broken = change_at(State.VALIDATING), incident(2, minutes=100)

    answer = signed_in("oncall").post(
        f"/changes/for-incident/{broken.ref}/rollback", {"change": change.ref}
    )

    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        change.rollbacks.get().change.get_absolute_url(),
    )


def test_a_stranger_takes_nothing_back(signed_in: Browser):
    change, broken = change_at(State.VALIDATING), incident(2, minutes=100)

    answer = signed_in("stranger").post(
        f"/changes/for-incident/{broken.ref}/rollback", {"change": change.ref}
    )

    assert (answer.status_code, change.rollbacks.count()) == (403, 0)
