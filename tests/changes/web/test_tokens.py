"""One's own API tokens on a page: within one's rights, and nobody else's."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from catalog import tokens
from catalog.models import ApiToken, User
from ledger import own_tokens
from ledger.decision import Refused
from tests.changes.api.world import build, said, user

pytestmark = pytest.mark.django_db
NEW = {"deed": "make", "name": "laptop", "scopes": ["gate"], "days": "30"}


@pytest.fixture(autouse=True)
def organisation(db):
    build()


def signed_in(name: str) -> Client:
    browser = Client()
    browser.force_login(user(name), "django.contrib.auth.backends.ModelBackend")
    return browser


def secret_in(page: str) -> str:
    return re.search(r'readonly value="(tg_[^"]+)"', page)[1]


def test_a_token_is_made_shown_once_and_recorded():
    engineer = signed_in("engineer")
    limits = {"services": "refunds, search", "environments": ["staging"]}

    page = engineer.post("/account/tokens", {**NEW, **limits})

    token = tokens.identify(secret=secret_in(page.content.decode()), now=timezone.now())
    assert (token.user.username, token.scopes) == ("engineer", ["gate"])
    assert (token.services, token.environments) == (["refunds", "search"], ["staging"])
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
    assert said(f"token:{token.pk}") == ["token.issued"]
    again = engineer.get("/account/tokens")
    assert "tg_" in again.content.decode()
    assert "readonly" not in again.content.decode()
    assert "no-store" in again["Cache-Control"]


def test_ones_own_token_is_rotated_and_revoked():
    engineer = signed_in("engineer")
    engineer.post("/account/tokens", NEW)
    old = ApiToken.objects.get()

    page = engineer.post("/account/tokens", {"deed": "rotate", "number": old.pk})
    new = tokens.identify(secret=secret_in(page.content.decode()), now=timezone.now())
    engineer.post("/account/tokens", {"deed": "revoke", "number": new.pk})
    again = engineer.post("/account/tokens", {"deed": "rotate", "number": old.pk})

    assert new.replaces == old
    assert said(f"token:{old.pk}") == ["token.issued", "token.rotated"]
    assert said(f"token:{new.pk}") == ["token.issued", "token.revoked"]
    assert (again.status_code, "was rotated already" in again.content.decode()) == (409, True)


def test_nobody_touches_the_token_of_somebody_else():
    signed_in("engineer").post("/account/tokens", NEW)
    token = ApiToken.objects.get()
    stranger = signed_in("stranger")

    answers = [
        stranger.post("/account/tokens", {"deed": deed, "number": number}).status_code
        for deed in ("rotate", "revoke")
        for number in (token.pk, 10**18, "x", "")
    ]

    assert answers == [404] * 8
    assert stranger.post("/account/tokens", {"deed": "lend"}).status_code == 404
    assert token.prefix not in stranger.get("/account/tokens").content.decode()
    assert said(f"token:{token.pk}") == ["token.issued"]
    assert Client().get("/account/tokens").status_code == 302


@pytest.mark.parametrize(
    ("name", "scopes"),
    [
        ("engineer", "gate changes:read changes:write alerts:write incidents:write"),
        ("manager", "gate changes:read changes:write windows:write alerts:write incidents:write"),
        ("auditor", "changes:read"),
        ("ci", ""),
        (
            "root",
            "gate changes:read changes:write windows:write alerts:write incidents:write admin",
        ),
    ],
)
def test_a_person_gives_the_scopes_they_have(name, scopes):
    User.objects.create_superuser("root")

    assert [str(one) for one in own_tokens.scopes_of(user(name))] == scopes.split()


def test_a_scope_that_is_not_ones_own_is_refused_and_nothing_is_made():
    for name, scope in (("engineer", "admin"), ("engineer", "windows:write"), ("auditor", "gate")):
        answer = signed_in(name).post("/account/tokens", {**NEW, "scopes": [scope]})
        assert answer.status_code == 422
        with pytest.raises(Refused, match="you do not have it"):
            own_tokens.make(user=user(name), name="x", scopes=[scope], now=timezone.now())
    assert ApiToken.objects.count() == 0


def test_whoever_lost_a_right_does_not_renew_it():
    manager, now = user("manager"), timezone.now()
    token, _ = own_tokens.make(user=manager, name="x", scopes=["windows:write"], now=now)
    manager.groups.clear()

    answer = signed_in("manager").post("/account/tokens", {"deed": "rotate", "number": token.pk})

    assert (answer.status_code, ApiToken.objects.count()) == (403, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"name": ""}, {"scopes": []}, {"scopes": ["nil"]}, {"days": "0"}, {"days": "367"}),
        *({"services": "nil"}, {"teams": "nil"}, {"environments": ["nil"]}, {"name": "x" * 121}),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(wrong):
    answer = signed_in("engineer").post("/account/tokens", {**NEW, **wrong})

    assert answer.status_code == 422
    assert ApiToken.objects.count() == 0


def test_twenty_tokens_are_enough(monkeypatch):
    monkeypatch.setattr(own_tokens, "AT_MOST", 1)
    engineer = signed_in("engineer")
    engineer.post("/account/tokens", NEW)

    answer = engineer.post("/account/tokens", NEW)

    assert (answer.status_code, "Revoke one." in answer.content.decode()) == (409, True)
    assert ApiToken.objects.count() == 1
