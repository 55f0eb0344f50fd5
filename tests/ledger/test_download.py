"""Downloading from addresses that somebody gave us."""

from datetime import UTC, datetime

import pytest
from werkzeug import Response

from ledger.download import MEGABYTE, Downloaded, download
from ledger.safe_transport import NotReached

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)


@pytest.fixture
def near(settings):
    """The loopback counts as allowed, as for a server in one's own network."""
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"]


def got(url: str, *, at_most: int = MEGABYTE, etag: str = "") -> Downloaded:
    return download(url=url, at_most=at_most, etag=etag, now=NOW)


def test_what_is_there_comes_with_its_etag(near, httpserver):
    httpserver.expect_request("/team.ics").respond_with_data("TEXT", headers={"ETag": '"1"'})

    assert got(httpserver.url_for("/team.ics")) == Downloaded(b"TEXT", '"1"')


def test_what_has_not_changed_is_not_sent_again(near, httpserver):
    httpserver.expect_request("/team.ics", headers={"If-None-Match": '"1"'}).respond_with_data(
        status=304
    )

    assert got(httpserver.url_for("/team.ics"), etag='"1"') == Downloaded(None, '"1"')


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (404, "The server answered 404 NOT FOUND."),
        (500, "The server answered 500 INTERNAL SERVER ERROR."),
        (304, "The server answered 304 NOT MODIFIED."),
    ],
)
def test_another_answer_is_told(near, httpserver, status, sentence):
    httpserver.expect_request("/team.ics").respond_with_data(status=status)

    with pytest.raises(NotReached) as failure:
        got(httpserver.url_for("/team.ics"))

    assert str(failure.value) == sentence


def test_what_says_it_is_too_large_is_not_read(near, httpserver):
    httpserver.expect_request("/team.ics").respond_with_data(b"x" * 50 * MEGABYTE)

    with pytest.raises(NotReached) as failure:
        got(httpserver.url_for("/team.ics"))

    assert str(failure.value) == "It is 50.0 MB; at most 1 MB is read."
    assert failure.value.permanent


def test_what_does_not_say_how_large_it_is_is_cut_off(near, httpserver):
    sent = []

    def endless():
        for _ in range(500):
            sent.append(1)
            yield b"x" * 100_000

    httpserver.expect_request("/team.ics").respond_with_handler(lambda _: Response(endless()))

    with pytest.raises(NotReached, match=r"larger than 1 MB; at most 1 MB is read\."):
        got(httpserver.url_for("/team.ics"))

    assert len(sent) < 500


def test_an_address_inside_is_refused(httpserver):
    httpserver.expect_request("/team.ics").respond_with_data("TEXT")

    with pytest.raises(NotReached, match="is not a public address"):
        got(httpserver.url_for("/team.ics"))

    assert httpserver.log == []


def test_a_redirect_leads_no_further_inside_than_the_address_itself(near, httpserver):
    for start, target in (("/moved", "/team.ics"), ("/inside", "https://10.0.0.1/team.ics")):
        httpserver.expect_request(start).respond_with_data(status=302, headers={"Location": target})
    httpserver.expect_request("/round").respond_with_data(
        status=302, headers={"Location": "/round"}
    )
    httpserver.expect_request("/team.ics").respond_with_data("TEXT")

    assert got(httpserver.url_for("/moved")).content == b"TEXT"
    with pytest.raises(NotReached, match=r"10\.0\.0\.1, which is not a public address"):
        got(httpserver.url_for("/inside"))
    with pytest.raises(NotReached, match="redirects more than three times"):
        got(httpserver.url_for("/round"))


@pytest.mark.parametrize("url", ["nonsense", "ftp://example.org/x", "https://", "http://[::1"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(NotReached):
        got(url)
