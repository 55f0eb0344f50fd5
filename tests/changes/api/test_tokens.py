"""What a token is told about itself, and its rotation by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from catalog.models import ApiToken
from tests.changes.api.world import Caller, caller, said, token, user, written

pytestmark = pytest.mark.usefixtures("organisation")


def test_a_token_is_told_what_it_is_good_for():
    answer = caller("ci", "gate", environments=("staging",)).get("/tokens/current")

    told = answer.json()
    assert answer.status_code == 200
    assert (told["acts_as"], told["scopes"], told["environments"]) == ("ci", ["gate"], ["staging"])
    assert told["risks"] == ["never_ends", "deploys_anything"]
    assert "secret" not in told


def test_a_token_of_any_scope_rotates_itself():
    ends = datetime.now(UTC) + timedelta(days=30)
    old = Caller(token("ci", "changes:read", services=("search",), expires_at=ends))

    answer = old.post("/tokens/rotate", {"overlap_hours": 0})

    told = answer.json()
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    assert (told["scopes"], told["services"]) == (["changes:read"], ["search"])
    assert Caller(told["secret"]).get("/tokens/current").status_code == 200
    again = old.post("/tokens/rotate", {})
    assert (again.status_code, again.json()["code"]) == (401, "token_expired")
    first, second = ApiToken.objects.order_by("pk")
    assert second.replaces == first
    assert said(f"token:{first.pk}") == ["token.rotated"]
    assert said(f"token:{second.pk}") == ["token.issued"]


def test_a_token_that_was_rotated_is_not_rotated_again():
    old = caller("ci", "gate")
    old.post("/tokens/rotate", {})

    answer = old.post("/tokens/rotate", {})

    assert (answer.status_code, answer.json()["code"]) == (409, "token_rotated")
    assert ApiToken.objects.count() == 2


@pytest.mark.parametrize("overlap", [-1, 169, "24", 1.5, None, True])
def test_a_wrong_overlap_is_named_and_nothing_is_written(overlap):
    asking, before = caller("ci"), written()

    answer = asking.post("/tokens/rotate", {"overlap_hours": overlap})

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["overlap_hours"])
    assert (ApiToken.objects.count(), written()) == (1, before)


def test_only_a_token_asks_about_itself():
    browser = Client()
    browser.force_login(user("engineer"), "django.contrib.auth.backends.ModelBackend")

    assert Caller().get("/tokens/current").status_code == 401
    assert browser.get("/api/v1/tokens/current").status_code == 403
    assert browser.post("/api/v1/tokens/rotate").status_code == 403
    assert ApiToken.objects.count() == 0
