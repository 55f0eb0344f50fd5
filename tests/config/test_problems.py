"""Bad input is answered with a problem in words: never with a crash, never in HTML."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from catalog import tokens
from catalog.models import User

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
FROZEN = {
    "code": "freeze_active",
    "message": "The freeze runs until Monday.",
    "remedy": "Wait, or ask the CAB.",
    "until": None,
    "source": "",
}
NOT_YOU = FROZEN | {
    "code": "self_approval",
    "message": "You wrote this change.",
    "remedy": "Ask somebody else.",
}
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.config.echo")]


@pytest.fixture
def send() -> Callable[..., HttpResponse]:
    """Send a request as a robot with every scope it needs."""
    robot = User.objects.create_user("robot", is_robot=True)
    _, secret = tokens.issue(
        user=robot, name="robot", scopes=["gate", "changes:read", "changes:write"], now=NOW
    )
    client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})

    def sent(method: str, path: str, body: Any = b"", **extra: Any) -> HttpResponse:
        kind = extra.pop("content_type", "application/json")
        return client.generic(method, path, body, content_type=kind, **extra)

    return sent


def shape(response: HttpResponse) -> tuple[int, str, str]:
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert set(problem) == {"type", "title", "status", "detail", "code", "reasons", "errors"}
    assert problem["status"] == response.status_code
    assert problem["type"] == f"urn:tidegate:problem:{problem['code']}"
    return response.status_code, problem["code"], problem["detail"]


@pytest.mark.parametrize("path", ["/api/echo", "/api/plain"])
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 422, "malformed_body"),
        (b'{"a": NaN}', 422, "malformed_body"),
        (b'{"title": "\xff"}', 422, "malformed_body"),
        (b"[" * 100_000, 422, "malformed_body"),
        (b'{"a": ' + b"9" * 5000 + b"}", 422, "malformed_body"),
        (b'{"title": "a\\u0000b", "size": 1}', 422, "invalid"),
        (b'{"ti\\u0000tle": "a", "size": 1}', 422, "invalid"),
        (b'{"title": "\\ud800", "size": 1}', 422, "invalid"),
        (b"[1]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b'"text"', 422, "invalid"),
    ],
)
def test_a_bad_body_is_refused_in_words(
    send: Callable[..., HttpResponse], path: str, body: bytes, status: int, code: str
) -> None:
    assert shape(send("POST", path, body))[:2] == (status, code)


def test_a_backslash_before_a_harmless_escape_is_kept(send: Callable[..., HttpResponse]) -> None:
    response = send("POST", "/api/plain", rb'{"path": "\\u0000", "e": "\u00e9"}')

    assert response.json()["sent"] == {"path": "\\u0000", "e": "é"}


def test_no_body_is_an_empty_object(send: Callable[..., HttpResponse]) -> None:
    assert send("POST", "/api/plain").json() == {"user": "robot", "sent": {}}
    assert send("POST", "/api/echo").json()["errors"] == {
        "title": ["This field is required."],
        "size": ["This field is required."],
    }


def test_wrong_fields_are_named_with_their_sentences(send: Callable[..., HttpResponse]) -> None:
    body = (
        b'{"title": "far too long a title", "size": 0, "parts": [{"slug": "ok"}, {"slug": "no!"}]}'
    )

    response = send("POST", "/api/echo", body)

    assert shape(response)[:2] == (422, "invalid")
    assert response.json()["errors"] == {
        "title": ["Ensure this field has no more than 10 characters."],
        "size": ["Ensure this value is greater than or equal to 1."],
        "parts.1.slug": [
            'Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.'
        ],
    }


def test_another_media_type_is_refused(send: Callable[..., HttpResponse]) -> None:
    for path in ("/api/echo", "/api/plain"):
        response = send("POST", path, b"a=b", content_type="application/x-www-form-urlencoded")
        assert shape(response) == (
            415,
            "unsupported_media_type",
            'Unsupported media type "application/x-www-form-urlencoded" in request. '
            "Send application/json.",
        )


def test_a_wrong_method_says_which_are_right(send: Callable[..., HttpResponse]) -> None:
    by_framework, by_django = send("DELETE", "/api/echo"), send("GET", "/api/plain")

    assert shape(by_framework)[:2] == shape(by_django)[:2] == (405, "method_not_allowed")
    assert by_framework.headers["Allow"] == "GET, POST, HEAD, OPTIONS"
    assert by_django.headers["Allow"] == "POST"


def test_a_body_over_the_limit_is_refused_unread(send: Callable[..., HttpResponse]) -> None:
    assert shape(send("POST", "/api/echo", b"x" * 1_000_001)) == (
        413,
        "body_too_large",
        "The body is over 1 MB. Send less at once.",
    )


def test_a_body_without_its_length_is_refused(send: Callable[..., HttpResponse]) -> None:
    response = send("POST", "/api/echo", b"", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")

    assert shape(response)[:2] == (411, "length_required")


@pytest.mark.parametrize("path", ["/api/echo?q=%00", "/api/ech%00o", "/page?q=a%00b"])
def test_a_nul_in_the_address_is_refused(send: Callable[..., HttpResponse], path: str) -> None:
    assert shape(send("GET", path)) == (
        422,
        "invalid",
        "The address holds a NUL character. Leave it out.",
    )


def test_an_unknown_address_is_a_problem(send: Callable[..., HttpResponse]) -> None:
    assert shape(send("GET", "/api/v1/nothing")) == (404, "not_found", "Nothing is found here.")


def test_a_missing_row_is_named(send: Callable[..., HttpResponse]) -> None:
    assert shape(send("GET", "/api/raise/missing")) == (
        404,
        "not_found",
        "There is no change CHG-9.",
    )


def test_a_refusal_about_the_time_is_a_conflict(send: Callable[..., HttpResponse]) -> None:
    response = send("GET", "/api/raise/refused")

    assert shape(response) == (
        409,
        "freeze_active",
        "The freeze runs until Monday. Wait, or ask the CAB.",
    )
    assert response.json()["reasons"] == [FROZEN]


def test_a_refusal_about_the_person_is_forbidden(send: Callable[..., HttpResponse]) -> None:
    response = send("GET", "/api/raise/not-you")

    assert shape(response)[:2] == (403, "self_approval")
    assert response.json()["reasons"] == [NOT_YOU, FROZEN]


def test_other_refusals_keep_their_words(send: Callable[..., HttpResponse]) -> None:
    denied, throttled = send("GET", "/api/raise/denied"), send("GET", "/api/raise/throttled")

    assert shape(denied) == (403, "not_permitted", "Only members of the CAB may.")
    assert shape(throttled)[:2] == (429, "too_many_requests")
    assert throttled.headers["Retry-After"] == "8"


def test_our_own_fault_is_admitted_without_details(send: Callable[..., HttpResponse]) -> None:
    response = send("GET", "/api/raise/bug", headers={"X-Request-ID": "abc-1"})

    assert shape(response) == (
        500,
        "internal_error",
        "Tidegate failed. Its log has the cause under this request's id.",
    )
    assert response.headers["X-Request-ID"] == "abc-1"


def test_nobody_is_challenged() -> None:
    for path in ("/api/echo", "/api/plain"):
        response = Client().post(path, b"{}", content_type="application/json")
        assert shape(response)[:2] == (401, "not_identified")
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="tidegate"'


def test_a_page_shows_the_reasons_of_a_refusal(client: Client) -> None:
    response = client.get("/page", headers={"Referer": "http://testserver/changes/CHG-1"})

    assert response.status_code == 409
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    shown = response.content.decode()
    assert "The freeze runs until Monday." in shown
    assert "Roll back was refused" in shown
    assert 'href="http://testserver/changes/CHG-1"' in shown
