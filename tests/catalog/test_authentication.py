"""Who a request is from: a bearer, a session with its CSRF token, or nobody."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from catalog import tokens
from catalog.models import User

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
ADDRESSES = ["/api/echo", "/api/plain"]
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.config.echo")]


def ask(client: Client, path: str, **headers: str):
    body = b'{"title": "a", "size": 1}'
    return client.post(path, body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_bearer_is_known_by_its_secret(client: Client, path: str) -> None:
    robot = User.objects.create_user("robot", is_robot=True)
    _, secret = tokens.issue(user=robot, name="ci", scopes=["admin"], now=NOW)

    assert ask(client, path, Authorization=f"bearer {secret}").status_code == 200


@pytest.mark.parametrize("path", ADDRESSES)
def test_an_unknown_secret_is_refused_with_the_challenge(client: Client, path: str) -> None:
    response = ask(client, path, Authorization="Bearer tg_wrong")

    assert (response.status_code, response.json()["code"]) == (401, "token_unknown")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="tidegate"'
    assert response.json()["reasons"][0]["code"] == "token_unknown"


@pytest.mark.parametrize("path", ADDRESSES)
def test_an_expired_token_is_refused(client: Client, path: str) -> None:
    robot = User.objects.create_user("robot", is_robot=True)
    _, secret = tokens.issue(
        user=robot, name="ci", scopes=["admin"], now=NOW, expires_at=NOW + timedelta(seconds=1)
    )

    response = ask(client, path, Authorization=f"Bearer {secret}")

    assert (response.status_code, response.json()["code"]) == (401, "token_expired")


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer a b", "Bearer \xe9", "Basic eDp5"])
def test_a_malformed_header_identifies_nobody(client: Client, path: str, header: str) -> None:
    assert ask(client, path, Authorization=header).status_code == 401


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_session_counts_only_with_its_csrf_token(path: str) -> None:
    User.objects.create_user("engineer", password="a-long-password")
    browser = Client(enforce_csrf_checks=True)
    assert browser.login(username="engineer", password="a-long-password")
    browser.cookies["csrftoken"] = "a" * 32

    without = ask(browser, path)
    with_it = ask(browser, path, **{"X-CSRFToken": "a" * 32})

    assert (without.status_code, without.json()["code"]) == (403, "not_permitted")
    assert "CSRF" in without.json()["detail"]
    assert with_it.status_code == 200
