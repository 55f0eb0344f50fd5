"""Updates over REST and on their page."""

import json

import pytest
from django.test import Client

from catalog import tokens
from incidents.models import Component, Notice, Update
from tests import living
from tests.living import at, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident():
    living.settle()
    cards = Component.objects.create(slug="cards", name="Card payments")
    cards.services.add(living.service("refunds"))
    return living.incident(2, minutes=0)


def sent(method, path, body=None, *, by="oncall", **headers):
    _, secret = tokens.issue(
        user=person(by), name="t", scopes=("incidents:write", "changes:read"), now=at(0)
    )
    answer = Client().generic(
        method,
        f"/api/v1/incidents/{path}",
        json.dumps(body or {}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"} | headers,
    )
    return answer.status_code, answer.json()


def test_an_update_is_published_once_and_read(incident):
    body = {"status": "identified", "message": "A rollback runs.", "public": True}
    key = {"Idempotency-Key": "one"}

    first = sent("POST", f"{incident.ref}/updates", body, **key)
    again = sent("POST", f"{incident.ref}/updates", body, **key)

    assert first == again
    assert first[0] == 201
    status, told = sent("GET", f"{incident.ref}/updates")
    assert (status, told["updates"]) == (200, [first[1]])
    assert first[1]["public"] is True
    assert told["due_at"] is not None
    assert Notice.objects.get().title == "Problem with Card payments"


def test_the_draft_is_read(incident):
    status, told = sent("GET", f"{incident.ref}/updates/draft")

    assert (status, told["status"], told["components"]) == (200, "investigating", ["cards"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"message": "x"}, "status"),
        ({"status": "broken", "message": "x"}, "status"),
        ({"status": "identified", "message": "x", "publik": True}, "publik"),
        (
            {"status": "identified", "message": "x", "public": True, "components": ["no"]},
            "components",
        ),
    ],
)
def test_a_wrong_update_is_refused_by_field(incident, body, field):
    status, told = sent("POST", f"{incident.ref}/updates", body)

    assert status == 422
    assert field in str(told["errors"])
    assert Update.objects.count() == 0


def test_a_stranger_is_told_who_may(incident):
    body = {"status": "identified", "message": "x"}

    status, told = sent("POST", f"{incident.ref}/updates", body, by="stranger")

    assert (status, told["code"]) == (403, "not_permitted")
    assert sent("GET", "INC-9999/updates")[0] == 404


@pytest.fixture
def browser(incident):
    client = Client()
    client.force_login(person("oncall"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_page_works_alone_and_publishes(browser, incident):
    page = f"/incidents/{incident.ref}/updates"
    shown = browser.get(page).content.decode()
    assert "We are looking into a problem with Card payments" in shown
    assert "The next update" in shown

    answer = browser.post(page, {"status": "investigating", "message": "On it.", "public": "on"})

    assert (answer.status_code, answer["Location"]) == (303, page)
    update = Update.objects.get()
    assert (update.message, update.is_public) == ("On it.", True)
    assert "On it." in browser.get(page).content.decode()


def test_the_part_of_the_war_room_has_no_frame_and_stays_itself(browser, incident):
    page = f"/incidents/{incident.ref}/updates"
    headers = {"HX-Request": "true"}

    part = browser.get(page, headers=headers).content.decode()
    after = browser.post(
        page, {"status": "investigating", "message": "On it."}, headers=headers
    ).content.decode()

    assert "<html" not in part + after
    assert "On it." in after


def test_a_wrong_form_comes_back_with_what_was_typed(browser, incident):
    answer = browser.post(
        f"/incidents/{incident.ref}/updates",
        {"status": "investigating", "message": "", "title": "Cards"},
    )

    assert answer.status_code == 422
    assert "Say what is known." in answer.content.decode()
    assert 'value="Cards"' in answer.content.decode()
