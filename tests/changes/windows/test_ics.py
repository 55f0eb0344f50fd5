"""Calendars that somebody else wrote: what is taken of them, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from changes.windows import Effect, Interval
from changes.windows.ics import Unreadable
from changes.windows.ics_times import Read, read

START = datetime(2026, 11, 21, tzinfo=UTC)
AHEAD = Interval(START, START + timedelta(days=400))


def calendar(*events: str, head: str = "") -> bytes:
    """An .ics file; each event is given by its lines without UID."""
    told = "".join(
        f"BEGIN:VEVENT\nUID:{n}@example.org\nDTSTAMP:20260101T000000Z\n{lines}\nEND:VEVENT\n"
        for n, lines in enumerate(events)
    )
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{head}{told}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def taken(body: bytes, *, zone: str = "Europe/Amsterdam", effect: Effect = Effect.FREEZE) -> Read:
    return read(body, zone=zone, effect=effect, within=AHEAD)


def said(body: bytes, **given: str) -> list[tuple[str, str, str]]:
    """(start, end, summary) in UTC of what is taken."""
    return [
        (
            f"{one.interval.starts_at:%m-%d %H:%M}",
            f"{one.interval.ends_at:%m-%d %H:%M}",
            one.summary,
        )
        for one in taken(body, **given).times  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("DTSTART;VALUE=DATE:20261225\nSUMMARY:Xmas", [("12-24 23:00", "12-25 23:00", "Xmas")]),
        (
            "DTSTART:20261201T100000\nDTEND:20261201T120000\nSUMMARY:Floats",
            [("12-01 09:00", "12-01 11:00", "Floats")],
        ),
        (
            "DTSTART;TZID=America/New_York:20261201T100000\nDURATION:PT2H\nSUMMARY:NY",
            [("12-01 15:00", "12-01 17:00", "NY")],
        ),
        (
            "DTSTART;TZID=W. Europe Standard Time:20261201T100000\nDURATION:PT1H\nSUMMARY:Win",
            [("12-01 09:00", "12-01 10:00", "Win")],
        ),
        (
            "DTSTART:20261201T100000Z\nDTEND:20261201T110000Z\nRRULE:FREQ=DAILY;COUNT=4\n"
            "EXDATE:20261202T100000Z\nSUMMARY:Nightly",
            [
                ("12-01 10:00", "12-01 11:00", "Nightly"),
                ("12-03 10:00", "12-03 11:00", "Nightly"),
                ("12-04 10:00", "12-04 11:00", "Nightly"),
            ],
        ),
        ("DTSTART:20261201T100000Z\nDURATION:PT1H\nSTATUS:CANCELLED\nSUMMARY:Off", []),
        ("DTSTART:20261201T100000Z\nSUMMARY:An instant", []),
        ("DTSTART:20261101T100000Z\nDURATION:PT1H\nSUMMARY:Over", []),
        ("DTSTART:20290101T100000Z\nDURATION:PT1H\nSUMMARY:Beyond", []),
    ],
)
def test_an_event_becomes_the_times_it_holds(lines: str, expected: list[tuple[str, str, str]]):
    assert said(calendar(lines)) == expected


def test_one_time_of_a_series_may_be_moved_and_another_cancelled():
    series = "DTSTART:20261201T100000Z\nDTEND:20261201T110000Z\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:A"
    body = calendar(series, "x", "y").decode()
    moved = "RECURRENCE-ID:20261202T100000Z\r\nDTSTART:20261202T150000Z\r\nDURATION:PT3H"
    off = "RECURRENCE-ID:20261203T100000Z\r\nDTSTART:20261203T100000Z\r\nDURATION:PT1H"
    body = body.replace("UID:1@", "UID:0@").replace("UID:2@", "UID:0@")
    body = body.replace("\r\nx\r\n", f"\r\n{moved}\r\nSUMMARY:Moved\r\n")
    body = body.replace("\r\ny\r\n", f"\r\n{off}\r\nSTATUS:CANCELLED\r\nSUMMARY:Off\r\n")

    assert said(body.encode()) == [
        ("12-01 10:00", "12-01 11:00", "A"),
        ("12-02 15:00", "12-02 18:00", "Moved"),
    ]


def test_a_zone_that_the_calendar_defines_is_known():
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Office\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        "TZOFFSETFROM:+0300\nTZOFFSETTO:+0300\nTZNAME:OT\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    body = calendar("DTSTART;TZID=Office:20261201T100000\nDURATION:PT1H\nSUMMARY:O", head=zone)

    assert said(body) == [("12-01 07:00", "12-01 08:00", "O")]


def test_times_without_a_zone_are_read_in_that_of_the_calendar_if_none_is_given():
    event = "DTSTART;VALUE=DATE:20261225\nSUMMARY:Xmas"
    body = calendar(event, head="X-WR-TIMEZONE:Asia/Tokyo\n")

    assert said(body, zone="") == [("12-24 15:00", "12-25 15:00", "Xmas")]
    assert said(body, zone="Europe/Amsterdam") == [("12-24 23:00", "12-25 23:00", "Xmas")]
    with pytest.raises(Unreadable, match="has no time zone of its own: name the zone"):
        taken(calendar(event), zone="")


def test_a_freeze_gets_longer_by_a_clock_change_and_an_opening_shorter():
    lines = "DTSTART;TZID=Europe/Amsterdam:{0}T023000\nDTEND;TZID=Europe/Amsterdam:{0}T024500"
    autumn = calendar(lines.format("20271031"))

    (freeze,) = taken(autumn).times
    opening = taken(autumn, effect=Effect.MAINTENANCE).times

    assert freeze.interval.ends_at - freeze.interval.starts_at == timedelta(minutes=75)
    assert opening == ()


def test_events_that_are_marked_as_free_are_left_out_and_told():
    event = "DTSTART:20261201T100000Z\nDURATION:PT1H\nSUMMARY:Busy"

    found = taken(calendar(event, f"{event}\nTRANSP:TRANSPARENT"))

    assert len(found.times) == 1
    assert found.cautions == (
        (
            "free_time_left_out",
            "1 of 2 events is marked as free time (TRANSP:TRANSPARENT) and left out.",
        ),
    )


DAILY = "DTSTART:{}T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nSUMMARY:Often"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"<!doctype html><p>Sign in", "This is no iCalendar file: it begins with “<!doctype"),
        (b"", "This is no iCalendar file"),
        (b"\xff\xfe\x00", "The calendar is not text in UTF-8. Save it as UTF-8."),
        (b"x" * 2_000_001, "The calendar is over 2 MB. Give one of freezes alone."),
        (calendar()[:40], "The calendar cannot be read"),
        (calendar("SUMMARY:When"), "The event “When” does not say when it starts."),
        (calendar("DTSTART:20261399T000000Z\nSUMMARY:Odd"), "has a DTSTART that cannot be read"),
        (
            calendar("DTSTART;TZID=Mars/Base:20261201T100000\nSUMMARY:Far"),
            "the zone “Mars/Base” of its DTSTART is not known. Use an IANA name",
        ),
        (
            calendar(f"{DAILY.format(20261201)}\nEXDATE;TZID=Mars/Base:20261202T100000"),
            "the zone “Mars/Base” of its EXDATE is not known",
        ),
        (
            calendar("DTSTART:20261201T100000Z\nDTEND:20261130T100000Z\nSUMMARY:Back"),
            "The event “Back” ends before it starts.",
        ),
        (
            calendar("DTSTART:20261201T100000Z\nDTEND;VALUE=DATE:20261202\nSUMMARY:Mixed"),
            "The event “Mixed” starts on a whole day and ends at a time, or vice versa.",
        ),
        (
            calendar("DTSTART:20261201T100000Z\nRRULE:FREQ=SECONDLY\nSUMMARY:Tick"),
            "The event “Tick”: “FREQ=SECONDLY” must say FREQ=DAILY, WEEKLY, MONTHLY or YEARLY",
        ),
        (
            calendar("DTSTART:20261201T100000Z\nRRULE:FREQ=DAILY;BYSECOND=1\nSUMMARY:Tick"),
            "BYSECOND has no place in it",
        ),
        (
            calendar(
                "DTSTART:20261201T100000Z\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\nSUMMARY:No"
            ),
            "never happens from 01 Dec 2026 on.",
        ),
        (calendar(DAILY.format("00010101")), "740,340 times would be gone through"),
        (calendar(*[DAILY.format("20100101")] * 60), "times would be gone through, 200,000 at"),
        (calendar(*[DAILY.format("20261101")] * 3), ""),
        (calendar(*["DTSTART:20261201T100000Z"] * 2_001), "It has more than 2,000 events."),
        (
            calendar("DTSTART:20261201T100000Z\nDTEND:20280101T100000Z\nSUMMARY:Long"),
            "The event “Long” lasts over 366 days.",
        ),
    ],
)
def test_what_cannot_be_taken_is_refused_in_a_sentence(body: bytes, sentence: str):
    if not sentence:
        assert len(taken(body).times) == 400
        return
    with pytest.raises(Unreadable) as refused:
        taken(body)

    assert sentence in str(refused.value)
    assert str(refused.value).endswith(".")


def test_more_times_than_the_gate_should_read_are_refused():
    daily = [DAILY.format("20261121").replace("T10", f"T{hour:02}") for hour in (1, 2, 3)]

    with pytest.raises(Unreadable, match="more than 1,000 times in the next 400 days"):
        taken(calendar(*daily))
