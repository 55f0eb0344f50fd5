"""Looking at an address: what holds, and what is refused before or while it is asked."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from changes.models import PrometheusServer
from changes.policies.soaking import Look, Sample
from changes.sampling import look
from ledger import sealing

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
PROBE: dict[str, Any] = {
    "how": "probe",
    "method": "GET",
    "expected_status": 200,
    "contains": "",
    "most_bytes": 1000,
    "timeout_seconds": 1,
}
FIGURE: dict[str, Any] = {
    "how": "prometheus",
    "server": "main",
    "query": "up",
    "comparison": ">",
    "threshold": 0,
    "timeout_seconds": 1,
}


@pytest.fixture
def loopback(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"]


def probed(url: str, **given: Any) -> Sample:
    return look(asks={**PROBE, "url": url, **given}, server=None, now=NOW)


def test_an_answer_as_expected_holds(httpserver: HTTPServer, loopback: None):
    httpserver.expect_request("/healthz").respond_with_data("all is well")
    url = httpserver.url_for("/healthz")

    plain, found, head = (
        probed(url),
        probed(url, contains="is well"),
        probed(url, method="HEAD"),
    )

    assert [one.word for one in (plain, found, head)] == [Look.HELD] * 3
    assert plain.said.startswith("It answered 200 in ")


def test_another_status_or_text_does_not(httpserver: HTTPServer, loopback: None):
    httpserver.expect_request("/healthz").respond_with_data("ill", status=503)
    url = httpserver.url_for("/healthz")

    status, text = probed(url), probed(url, expected_status=503, contains="well")

    assert (status.word, text.word) == (Look.MISSED, Look.MISSED)
    assert status.said.endswith(", not 200.")
    assert text.said.endswith(", without “well”.")


def test_redirects_are_followed_and_checked_each(httpserver: HTTPServer, loopback: None):
    httpserver.expect_request("/there").respond_with_data("here")
    for path, target in (
        ("/moved", httpserver.url_for("/there")),
        ("/inside", "http://169.254.169.254/latest/meta-data/"),
        ("/round", httpserver.url_for("/round")),
        ("/file", "file:///etc/passwd"),
    ):
        httpserver.expect_request(path).respond_with_data("", 302, headers={"Location": target})

    def seen(path: str, **given: Any) -> Sample:
        return probed(httpserver.url_for(path), **given)

    assert seen("/moved", contains="here").word is Look.HELD
    assert seen("/inside", expected_status=302).word is Look.HELD
    inside, rounds, file = seen("/inside"), seen("/round"), seen("/file")
    assert [one.word for one in (inside, rounds, file)] == [Look.NOT_REACHED] * 3
    assert "169.254.169.254, which is not a public address" in inside.said
    assert rounds.said == "It redirects more than three times."


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://169.254.169.254/latest/meta-data/", "not a public address"),
        ("http://127.0.0.1:1/", "not a public address"),
        ("http://[::ffff:10.0.0.1]/", "not a public address"),
        ("http://localhost/", "not a public address"),
        ("file:///etc/passwd", "begins with https://"),
        ("gopher://example.org/", "begins with https://"),
        ("https://user:secret@example.org/", "must not hold a name or a password"),
        ("https://", "begins with https://"),
    ],
)
def test_what_lies_inside_or_is_no_address_is_never_asked(url: str, said: str):
    sample = probed(url)

    assert sample.word is Look.NOT_REACHED
    assert said in sample.said
    assert "secret" not in sample.said


def test_a_huge_answer_is_not_read_to_its_end(httpserver: HTTPServer, loopback: None):
    httpserver.expect_request("/huge").respond_with_data("x" * 5_000_000)

    sample = probed(httpserver.url_for("/huge"), most_bytes=1000)

    assert (sample.word, sample.said) == (
        Look.TOO_LARGE,
        "The answer is larger than 1,000 bytes.",
    )


def test_who_hangs_or_drips_is_left(httpserver: HTTPServer, loopback: None):
    def drip(_: Request) -> Response:
        def parts():
            for _ in range(30):
                time.sleep(0.1)
                yield b"x"

        return Response(parts())

    httpserver.expect_request("/drip").respond_with_handler(drip)
    begun = time.monotonic()

    sample = probed(httpserver.url_for("/drip"))

    assert sample.word is Look.TIMED_OUT
    assert time.monotonic() - begun < 2.5


def test_nobody_there_is_named(loopback: None):
    assert probed("http://127.0.0.1:9/").word is Look.NOT_REACHED


def server(httpserver: HTTPServer, **given: Any) -> PrometheusServer:
    return PrometheusServer(slug="main", base_url=httpserver.url_for("/prom/"), **given)


def test_prometheus_is_asked_with_its_token_and_never_elsewhere(
    httpserver: HTTPServer, loopback: None
):
    body = {"resultType": "vector", "result": [{"metric": {}, "value": [1, "1"]}]}
    httpserver.expect_request(
        "/prom/api/v1/query",
        query_string={"query": "up"},
        headers={"Authorization": "Bearer s3cret"},
    ).respond_with_json({"status": "success", "data": body})
    httpserver.expect_request("/away/api/v1/query").respond_with_data(
        "", 302, headers={"Location": httpserver.url_for("/prom/api/v1/query?query=up")}
    )
    named = server(httpserver, sealed_bearer=sealing.seal(b"s3cret").decode())

    found = look(asks=FIGURE, server=named, now=NOW)
    named.base_url = httpserver.url_for("/away")
    away = look(asks=FIGURE, server=named, now=NOW)

    assert (found.word, found.value) == (Look.HELD, 1.0)
    assert away.word is Look.UNREADABLE
    assert "s3cret" not in named.sealed_bearer


def test_a_server_that_is_put_aside_or_unreadable_never_passes(httpserver: HTTPServer):
    aside = look(asks=FIGURE, server=server(httpserver, is_active=False), now=NOW)
    lost = look(asks=FIGURE, server=server(httpserver, sealed_bearer="x"), now=NOW)

    assert (aside.word, lost.word) == (Look.NOT_REACHED, Look.NOT_REACHED)
    assert aside.said == "The Prometheus server main is not in use any more."
    assert "SECRET_KEY" in lost.said
