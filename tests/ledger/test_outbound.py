"""Whatever is called outside is called by one client, which goes nowhere else."""

import re

import pytest
from pytest_httpserver import HTTPServer

from config.environment import REPOSITORY
from ledger import outbound
from ledger.safe_transport import NotReached
from tests.ledger.oidc.issuing import NEAR


def test_it_reaches_what_is_allowed_alone_whatever_the_process_is_told(
    httpserver: HTTPServer, settings, monkeypatch
) -> None:
    httpserver.expect_request("/").respond_with_data("hello")
    httpserver.expect_request("/away").respond_with_data(
        status=302, headers={"location": httpserver.url_for("/")}
    )
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    with (
        pytest.raises(NotReached) as refused,
        outbound.client(seconds=5, timeout=5) as client,
    ):
        client.get(httpserver.url_for("/"))
    settings.WEBHOOK_ALLOWED_NETWORKS = NEAR
    with outbound.client(seconds=5, timeout=5) as client:
        found, answered = (
            client.get(httpserver.url_for("/")),
            client.get(httpserver.url_for("/away")),
        )
    with outbound.client(seconds=5, timeout=5, redirects=1) as client:
        followed = client.get(httpserver.url_for("/away"))

    assert refused.value.permanent
    assert (found.text, answered.status_code, followed.text) == ("hello", 302, "hello")
    sent = httpserver.log[0][0].headers
    assert (sent["User-Agent"], sent["Accept-Encoding"]) == ("tidegate", "identity")


def test_nobody_else_makes_a_client() -> None:
    makes = re.compile(r"httpx2\.(Client|AsyncClient|get|post|request|stream)\(")
    sources = [
        file
        for package in ("catalog", "changes", "config", "incidents", "ledger")
        for file in (REPOSITORY / package).rglob("*.py")
    ]

    found = {file.name for file in sources if makes.search(file.read_text())}

    assert found == {"outbound.py"}
