"""Windows by somebody else's calendar, over REST."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from changes.models import Calendar, ListedTime, Window
from tests.changes.api.world import caller, said, written
from tests.changes.calendars.ics import ics

pytestmark = pytest.mark.usefixtures("organisation")
AMSTERDAM = {"time_zone": "Europe/Amsterdam"}
HOLIDAYS = {"name": "Public holidays", "effect": "freeze", "holidays": "NL", **AMSTERDAM}
FILE = {"name": "Closed days", "effect": "freeze", "ics": ics("20311225"), **AMSTERDAM}


@pytest.fixture
def loopback(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"]


def test_public_holidays_freeze_whole_days_and_are_named():
    answer = caller("manager").post("/windows", HOLIDAYS)

    body = answer.json()
    window = Window.objects.get(name="Public holidays")
    assert answer.status_code == 201, body
    assert (body["holidays"], body["calendar"]["source"]) == ("NL", "holidays")
    assert (body["calendar"]["failed_at"], body["calendar"]["failure"]) == (None, "")
    (times,) = body["preview"]["times"]
    assert times["zones"] == ["Europe/Amsterdam"]
    assert len(times["occurrences"]) == 10
    assert "Christmas Day" in {one["reason"] for one in times["occurrences"]}
    assert said(window.ref) == ["window.created", "calendar.read"]
    assert caller("auditor").get(f"/windows/{window.ref}").json()["calendar"] == body["calendar"]


def test_a_file_is_kept_and_its_times_hold():
    body = caller("manager").post("/windows?dry_run=true", {**FILE, "ics": ics("20270101")}).json()
    assert [one["reason"] for one in body["preview"]["times"][0]["occurrences"]] == [
        "Closed 20270101"
    ]
    assert (ListedTime.objects.count(), Window.objects.filter(name="Closed days").count()) == (0, 0)

    caller("manager").post("/windows", {**FILE, "ics": ics("20270101")})

    occurrences = caller("engineer").get(
        "/windows/occurrences", **{"from": "2027-01-01T00:00:00Z", "to": "2027-01-02T00:00:00Z"}
    )
    assert [(one["name"], one["reason"]) for one in occurrences.json()] == [
        ("Closed days", "Closed 20270101")
    ]


def test_an_address_is_read_when_it_is_saved(httpserver: HTTPServer, loopback: None):
    httpserver.expect_request("/f.ics").respond_with_data(ics("20270101"))
    url = httpserver.url_for("/f.ics")

    body = caller("manager").post("/windows", {**FILE, "ics": "", "ics_url": url}).json()

    assert (body["ics_url"], body["calendar"]["source"]) == (url, "ics_url")
    assert Calendar.objects.get().text == ics("20270101")


def test_editing_other_words_reads_nothing_again(httpserver: HTTPServer, loopback: None):
    httpserver.expect_oneshot_request("/f.ics").respond_with_data(ics("20270101"))
    ref = (
        caller("manager")
        .post("/windows", {**FILE, "ics_url": httpserver.url_for("/f.ics"), "ics": ""})
        .json()["ref"]
    )

    renamed = caller("manager").patch(f"/windows/{ref}", {"name": "Shut"})
    moved = caller("manager").patch(f"/windows/{ref}", {"time_zone": "Asia/Tokyo"})

    assert (renamed.status_code, moved.status_code) == (200, 200)
    assert f"{ListedTime.objects.get().starts_at:%d %b %H:%M}" == "31 Dec 15:00"


def test_a_calendar_becomes_a_window_with_times_of_its_own_and_back():
    ref = caller("manager").post("/windows", HOLIDAYS).json()["ref"]

    own = {"recurrence": "FREQ=WEEKLY;BYDAY=FR", "start_time": "16:00", "duration": "PT62H"}
    body = caller("manager").patch(f"/windows/{ref}", own).json()
    assert (body["holidays"], body["calendar"], ListedTime.objects.count()) == ("", None, 0)

    back = caller("manager").patch(f"/windows/{ref}", {"holidays": "DE-BY"}).json()
    assert (back["recurrence"], back["calendar"]["source"]) == ("", "holidays")


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"ics_url": "https://10.0.0.1/f.ics"}, "ics_url", "which is not a public address"),
        ({"ics_url": "https://[::1]/f.ics"}, "ics_url", "which is not a public address"),
        ({"ics_url": "http://169.254.169.254/"}, "ics_url", "which is not a public address"),
        ({"ics_url": "https://localhost/f.ics"}, "ics_url", "which is not a public address"),
        ({"ics_url": "webcal://127.0.0.1/f.ics"}, "ics_url", "which is not a public address"),
        ({"ics_url": "https://me:pw@example.org/"}, "ics_url", "must not hold a name or a pass"),
        ({"ics_url": "file:///etc/passwd"}, "ics_url", "begins with https://."),
        ({"ics_url": "https://no-such-name.invalid/"}, "ics_url", "was not found"),
        ({"ics": "hello"}, "ics", "This is no iCalendar file: it begins with “hello”"),
        (
            {"ics": ics("20270101").replace("SUMMARY", "RRULE:FREQ=SECONDLY\r\nSUMMARY")},
            "ics",
            "“FREQ=SECONDLY” must say FREQ=DAILY",
        ),
        ({"ics": ics("20270101"), "time_zone": ""}, "ics", "has no time zone of its own"),
        ({"holidays": "Netherlands"}, "holidays", None),
        ({"holidays": "XQ"}, "holidays", "The public holidays of “XQ” are not known."),
        ({"holidays": "DE-XX"}, "holidays", "DE has no part “XX”"),
        ({"holidays": "NL", "time_zone": ""}, "time_zone", "Name the zone its days are counted"),
        ({"holidays": "NL", "time_zone": "Mars/Base"}, "time_zone", "is not an IANA time zone"),
        ({"holidays": "NL", "ics": ics("20270101")}, "ics", "Give either a file"),
        ({"holidays": "NL", "start_time": "16:00"}, "non_field_errors", "one of them says when"),
    ],
)
@pytest.mark.parametrize("dry", ["", "?dry_run=true"])
def test_a_calendar_that_cannot_be_is_refused_in_a_sentence(
    wrong: dict[str, str], field: str, sentence: str | None, dry: str
):
    before = (*written(), Calendar.objects.count(), ListedTime.objects.count())

    fields = {"name": "Closed", "effect": "freeze", **AMSTERDAM, **wrong}
    answer = caller("manager").post(f"/windows{dry}", fields)

    assert answer.status_code == 422, answer.content
    (told,) = answer.json()["errors"][field]
    assert sentence is None or sentence in told
    assert (*written(), Calendar.objects.count(), ListedTime.objects.count()) == before


def test_nothing_is_fetched_for_somebody_who_may_not_write(httpserver: HTTPServer, loopback: None):
    fields = {**FILE, "ics": "", "ics_url": httpserver.url_for("/f.ics")}

    answers = [caller(name).post("/windows", fields) for name in ("engineer", "auditor")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert httpserver.log == []
