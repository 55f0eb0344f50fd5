"""Logs name the request, its route and its actor, and no secret."""

import io
import json

import structlog
from django.test import Client

from catalog.models import User


def logged(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_request_is_one_line(lines: io.StringIO, client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("engineer"))

    client.get("/admin/?token=hush", headers={"X-Request-ID": "run-7"})

    (line,) = logged(lines)
    assert line.pop("ms") > 0
    assert line.pop("timestamp")
    assert line == {
        "actor": "engineer",
        "event": "request",
        "level": "info",
        "logger": "tidegate.request",
        "method": "GET",
        "request_id": "run-7",
        "route": "/admin/",
        "status": 302,
    }


def test_an_id_that_could_forge_a_line_is_replaced(client: Client) -> None:
    response = client.get("/healthz", headers={"X-Request-ID": 'a" forged="1'})

    assert len(response.headers["X-Request-ID"]) == 32


def test_values_of_secret_keys_are_blanked(lines: io.StringIO) -> None:
    structlog.get_logger("tidegate.test").info(
        "sent", Authorization="Bearer tg_x", webhook_secret="whsec_x", ref="CHG-1"
    )

    (line,) = logged(lines)
    assert (line["Authorization"], line["webhook_secret"], line["ref"]) == ("…", "…", "CHG-1")


def test_probes_are_not_logged(lines: io.StringIO, client: Client) -> None:
    client.get("/healthz")

    assert logged(lines) == []


def test_a_bad_host_is_one_line_and_400(lines: io.StringIO, client: Client) -> None:
    response = client.get("/", headers={"Host": "evil.example.com"})

    refused, request = logged(lines)
    assert response.status_code == 400
    assert "exception" not in refused
    assert (refused["logger"], refused["level"]) == ("django.security.DisallowedHost", "error")
    assert (request["event"], request["status"]) == ("request", 400)
