"""Calendars are read again when due; a failure keeps what was read last, and is seen."""

from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from changes import calendar, calendars
from changes.models import Calendar, ListedTime, Window
from changes.windows.ics import MOST_BYTES
from tests.changes.calendars.ics import ics
from tests.living import at, events_of, person, verbs_of

pytestmark = pytest.mark.usefixtures("settled")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"]


@pytest.fixture
def window(httpserver: HTTPServer, settled: None) -> Window:
    """A freeze by a calendar at an address, read at nine with one event."""
    httpserver.expect_oneshot_request("/f.ics").respond_with_data(
        ics("20261225"), headers={"ETag": '"1"', "Last-Modified": "Wed, 18 Nov 2026 08:00:00 GMT"}
    )
    return calendar.create(
        fields={
            "name": "Company closed",
            "effect": "freeze",
            "ics_url": httpserver.url_for("/f.ics"),
            "time_zone": "Europe/Amsterdam",
        },
        actor=person("manager"),
        now=at(0),
    )


def answers(httpserver: HTTPServer, body: str = "", status: int = 200, **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    httpserver.expect_oneshot_request("/f.ics").respond_with_data(
        body, status=status, headers=named
    )


def kept() -> Calendar:
    return Calendar.objects.get()


def summaries() -> list[str]:
    return list(ListedTime.objects.values_list("summary", flat=True))


def test_what_is_new_and_what_is_gone_is_recorded(window: Window, httpserver: HTTPServer):
    answers(httpserver, ics("20261224", "20261225"))

    assert calendars.poll_due(now=at(60), limit=5) == 1

    event = events_of(window.ref)[-1]
    assert summaries() == ["Closed 20261224", "Closed 20261225"]
    assert verbs_of(window.ref) == ["window.created", "calendar.read", "calendar.read"]
    assert (event.actor, event.data["added"], event.data["removed"]) == (
        "tidegate",
        [
            {
                "starts_at": "2026-12-23T23:00:00Z",
                "ends_at": "2026-12-24T23:00:00Z",
                "summary": "Closed 20261224",
            }
        ],
        [],
    )
    assert (kept().polled_at, kept().good_at, kept().due_at) == (at(60), at(60), at(120))


def test_an_unchanged_calendar_is_asked_for_by_its_validator_and_costs_no_event(
    window: Window, httpserver: HTTPServer
):
    httpserver.expect_oneshot_request("/f.ics", headers={"If-None-Match": '"1"'}).respond_with_data(
        "", status=304
    )

    calendars.poll_due(now=at(60), limit=5)

    httpserver.check()
    assert verbs_of(window.ref) == ["window.created", "calendar.read"]
    assert (kept().good_at, kept().etag, summaries()) == (at(60), '"1"', ["Closed 20261225"])


def test_nothing_is_read_before_it_is_due(window: Window):
    assert calendars.poll_due(now=at(59), limit=5) == 0


def test_an_inactive_window_is_not_read(window: Window):
    calendar.deactivate(ref=window.ref, actor=person("manager"), now=at(1))

    assert calendars.poll_due(now=at(600), limit=5) == 0


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (("gone", 404), "The server answered 404 NOT FOUND."),
        (("<html>Sign in</html>", 200), "This is no iCalendar file"),
        (("x" * (MOST_BYTES + 1), 200), "It is 2.0 MB; at most 2 MB is read."),
    ],
)
def test_a_failure_keeps_the_last_good_copy_and_is_recorded_once(
    window: Window, httpserver: HTTPServer, answer: tuple[str, int], failure: str
):
    answers(httpserver, *answer)
    answers(httpserver, *answer)

    calendars.poll_due(now=at(60), limit=1)
    calendars.poll_due(now=at(66), limit=1)

    row = kept()
    assert failure in row.failure
    assert (row.failures, row.failed_at, row.good_at) == (2, at(66), at(0))
    assert row.due_at == at(76)
    assert summaries() == ["Closed 20261225"]
    assert verbs_of(window.ref) == ["window.created", "calendar.read", "calendar.failed"]
    assert events_of(window.ref)[-1].data["last_good_at"] == "2026-11-18T09:00:00Z"


def test_a_server_is_left_alone_for_as_long_as_it_asks(window: Window, httpserver: HTTPServer):
    answers(httpserver, "busy", 503, Retry_After="3600")

    calendars.poll_due(now=at(60), limit=1)

    assert kept().due_at == at(120)


def test_a_calendar_that_is_read_again_recovers(window: Window, httpserver: HTTPServer):
    answers(httpserver, "gone", 404)
    answers(httpserver, ics("20261225"))

    calendars.poll_due(now=at(60), limit=1)
    calendars.poll_due(now=at(65), limit=1)

    assert (kept().failure, kept().failures, kept().failed_at) == ("", 0, None)
    assert verbs_of(window.ref)[-2:] == ["calendar.failed", "calendar.recovered"]


def test_times_that_are_over_stay_to_tell_what_held(window: Window, httpserver: HTTPServer):
    answers(httpserver, ics("20271225"))
    later = datetime.fromisoformat("2027-01-02T09:00:00+00:00")

    calendars.poll_due(now=later, limit=1)

    assert summaries() == ["Closed 20261225", "Closed 20271225"]


def test_public_holidays_are_listed_further_as_time_goes_by(settled: None):
    fields = {
        "name": "Holidays",
        "effect": "freeze",
        "holidays": "nl",
        "time_zone": "Europe/Amsterdam",
    }
    window = calendar.create(fields=fields, actor=person("manager"), now=at(0))
    year = at(0) + timedelta(days=365)
    last = ListedTime.objects.latest("starts_at").starts_at

    calendars.poll_due(now=year, limit=1)

    assert window.holidays == "NL"
    assert last.year == 2027
    assert ListedTime.objects.latest("starts_at").starts_at.year == 2028
    assert ListedTime.objects.filter(summary="Christmas Day").count() == 2


def test_a_redirect_is_followed_and_a_redirect_inside_is_not(
    window: Window, httpserver: HTTPServer
):
    answers(httpserver, "", 302, Location="/g.ics")
    httpserver.expect_oneshot_request("/g.ics").respond_with_data(ics("20261226"))
    answers(httpserver, "", 302, Location="https://10.0.0.1/secret.ics")

    calendars.poll_due(now=at(60), limit=1)
    followed = summaries()
    calendars.poll_due(now=at(120), limit=1)

    assert followed == ["Closed 20261226"]
    assert "10.0.0.1, which is not a public address" in kept().failure


def test_of_a_body_without_end_no_more_than_the_bound_is_read(
    window: Window, httpserver: HTTPServer
):
    sent = 0

    def endless(_: Request) -> Response:
        def pieces() -> Any:
            nonlocal sent
            while sent < 50_000_000:
                sent += 100_000
                yield b"x" * 100_000

        return Response(pieces(), direct_passthrough=True)

    httpserver.expect_oneshot_request("/f.ics").respond_with_handler(endless)

    calendars.poll_due(now=at(60), limit=1)

    assert kept().failure == "It is larger than 2 MB; at most 2 MB is read."
    assert sent < 20_000_000


@pytest.mark.django_db(transaction=True)
def test_two_workers_read_a_calendar_once(window: Window, httpserver: HTTPServer):
    asked: list[int] = []
    begun, go = Event(), Event()

    def slow(_: Request) -> Response:
        asked.append(1)
        begun.set()
        go.wait(10)
        return Response(ics("20261226"))

    httpserver.expect_request("/f.ics").respond_with_handler(slow)
    done: list[int] = []

    def work() -> None:
        done.append(calendars.poll_due(now=at(60), limit=5))
        connection.close()

    first = Thread(target=work)
    first.start()
    assert begun.wait(10)
    work()
    go.set()
    first.join()

    assert (sorted(done), len(asked)) == ([0, 1], 1)


@pytest.mark.django_db(transaction=True)
def test_what_is_read_for_an_address_that_was_changed_meanwhile_is_dropped(
    window: Window, httpserver: HTTPServer
):
    def edited_meanwhile(_: Request) -> Response:
        fields = {"ics_url": "", "holidays": "NL"}
        calendar.edit(ref=window.ref, fields=fields, actor=person("manager"), now=at(60))
        connection.close()
        return Response(ics("20261231"))

    httpserver.expect_oneshot_request("/f.ics").respond_with_handler(edited_meanwhile)

    calendars.poll_due(now=at(60), limit=1)

    assert "Closed 20261231" not in summaries()
    assert "Christmas Day" in summaries()
    assert kept().due_at == at(60)
