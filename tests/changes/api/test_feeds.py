"""Calendar feeds over REST: made, read, listed, revoked."""

import pytest
from django.test import Client

from changes.models import Feed
from tests.changes.api.world import Caller, caller, said

pytestmark = pytest.mark.usefixtures("organisation")
NEW = {"name": "My phone", "team": "payments"}


def test_a_feed_is_made_listed_read_and_revoked():
    engineer = caller("engineer")

    answer = engineer.post("/feeds", NEW)
    made = answer.json()
    address = made.pop("address")
    listed = engineer.get("/feeds").json()
    read = Client().get(address).status_code
    revoked = engineer.send("DELETE", f"/feeds/{made['id']}").json()

    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    assert (made["name"], made["team"], made["service"]) == ("My phone", "payments", "")
    assert [{**one, "last_used_at": None} for one in listed] == [made]
    assert read == 200
    assert revoked["revoked_at"] is not None
    assert Client().get(address).status_code == 404
    assert engineer.get("/feeds").json() == []
    assert said(f"FEED-{made['id']}") == ["feed.issued", "feed.revoked"]
    assert made["prefix"] in address
    assert address.rpartition("/")[2].removesuffix(".ics") not in str(listed)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({**NEW, "team": "paymets"}, "team"),
        ({**NEW, "service": "nothing"}, "service"),
        ({**NEW, "environment": "moon"}, "environment"),
        ({**NEW, "colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_made_is_told_by_field(body, field: str):
    answer = caller("engineer").post("/feeds", body)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert not Feed.objects.exists()


def test_a_feed_belongs_to_a_person_and_nobody_else_sees_or_ends_it():
    made = caller("engineer").post("/feeds", NEW).json()["id"]

    assert caller("stranger").get("/feeds").json() == []
    assert caller("stranger").send("DELETE", f"/feeds/{made}").status_code == 404
    assert caller("engineer").send("DELETE", "/feeds/999999").status_code == 404
    assert Feed.objects.get().revoked_at is None


def test_robots_limited_tokens_and_strangers_make_none():
    refused = {
        "nobody": Caller(),
        "robot": caller("ci"),
        "limited": caller("engineer", services=("search",)),
        "reads": caller("engineer", "changes:read"),
        "auditor": caller("auditor"),
    }

    answers = {name: one.post("/feeds", NEW).status_code for name, one in refused.items()}

    assert answers == {"nobody": 401, "robot": 403, "limited": 403, "reads": 403, "auditor": 403}
    assert not Feed.objects.exists()
