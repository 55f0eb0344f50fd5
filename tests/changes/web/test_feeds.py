"""Calendar feeds: made on a page, read by a calendar client, revoked."""

import logging
from datetime import timedelta
from typing import Any

import icalendar
import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import User
from changes import feeds, lifecycle
from changes.models import Change, Feed, Window
from changes.states import State
from changes.windows import Effect, Interval
from changes.windows.ics_times import read
from config.logs import without_secrets
from ledger.decision import Refused
from tests.living import change_at, events_of, person, verbs_of

pytestmark = pytest.mark.usefixtures("today")
OPEN = "/schedule/feeds"


def issued(by: str = "engineer", **narrowed: str) -> tuple[Feed, str]:
    return feeds.issue(name="My phone", owner=person(by), now=timezone.now(), **narrowed)


def got(secret: str, **headers: str) -> Any:
    return Client().get(f"/feeds/{secret}.ics", headers=headers)


def events(secret: str) -> dict[str, icalendar.Event]:
    """The events of a feed by their summary, as the icalendar library reads them."""
    found = icalendar.Calendar.from_ical(got(secret).content)
    assert (found["METHOD"], found["VERSION"]) == ("PUBLISH", "2.0")
    assert not found.errors
    return {str(one["SUMMARY"]): one for one in found.walk("VEVENT")}


def test_a_feed_is_made_on_the_page_and_its_address_is_shown_once(signed_in: Any):
    client = signed_in("engineer")

    answer = client.post(OPEN, {"name": "My phone", "team": "payments", "environment": ""})

    feed = Feed.objects.get()
    address = answer.context["address"]
    assert (answer.status_code, feed.owner.username, feed.shows) == (
        200,
        "engineer",
        "team payments",
    )
    assert address.startswith("http://testserver/feeds/tgf_")
    assert address in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert Client().get(address).status_code == 200
    later = client.get(OPEN).content.decode()
    assert "My phone" in later
    assert address not in later
    assert verbs_of(feed.ref) == ["feed.issued"]


def test_the_secret_stands_in_no_row_and_no_event(signed_in: Any):
    feed, secret = issued()

    kept = [bytes(feed.digest).hex(), feed.prefix, *(str(e.data) for e in events_of(feed.ref))]

    assert not any(secret in each for each in kept)
    assert len(feed.prefix) == 10


def test_a_change_is_an_event_with_its_times_state_and_place():
    change = change_at(State.SCHEDULED, title="Retry; refunds, twice – " + "ü" * 60)
    _, secret = issued()

    event = events(secret)[f"{change.ref} {change.title}"]

    assert (event["DTSTART"].dt, event["DTEND"].dt) == (
        change.planned_start_at,
        change.planned_end_at,
    )
    assert str(event["UID"]) == f"{change.ref}@testserver"
    assert (str(event["STATUS"]), str(event["LOCATION"])) == ("CONFIRMED", "refunds, production")
    assert str(event["DESCRIPTION"]) == ("Scheduled. Normal change, low risk, filed by engineer.")
    assert str(event["URL"]) == f"http://testserver/changes/{change.ref}"
    assert event["SEQUENCE"] == Change.objects.get().edition - 1
    assert event["LAST-MODIFIED"].dt == max(e.at for e in events_of(change.ref)).replace(
        microsecond=0
    )


def test_an_edit_keeps_the_uid_and_raises_the_sequence_and_cancelling_says_so():
    change = change_at(State.PLANNING)
    _, secret = issued()
    (before,) = [e for e in events(secret).values() if "CHANGE" in e.to_ical().decode()]
    assert str(before["STATUS"]) == "TENTATIVE"

    moved = change.planned_end_at + timedelta(hours=1)
    now = timezone.now()
    lifecycle.edit(
        ref=change.ref, fields={"planned_end_at": moved}, actor=person("engineer"), now=now
    )
    lifecycle.cancel(ref=change.ref, reason="Not now.", actor=person("engineer"), now=now)

    (after,) = [e for e in events(secret).values() if "CHANGE" in e.to_ical().decode()]
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert (str(after["STATUS"]), after["DTEND"].dt) == ("CANCELLED", moved)


def test_windows_stand_in_the_feed_each_time_they_hold():
    Window.objects.filter(name="Weekend freeze").update(is_active=True)
    _, secret = issued(service="refunds")

    found = icalendar.Calendar.from_ical(got(secret).content).walk("VEVENT")

    assert {str(one["SUMMARY"]) for one in found} == {"Freeze: Weekend freeze"}
    assert len({str(one["UID"]) for one in found}) == len(found) > 50
    assert all(one["DTEND"].dt > one["DTSTART"].dt for one in found)


def test_a_feed_shows_only_what_it_is_narrowed_to():
    refunds = change_at(State.SCHEDULED)
    _, everything = issued()
    _, other = issued(service="payments-api")
    _, staging = issued(environment="staging")

    shown = [
        {name.partition(" ")[0] for name in events(secret)} & {refunds.ref}
        for secret in (everything, other, staging)
    ]

    assert shown == [{refunds.ref}, set(), set()]


def test_our_own_calendars_read_the_windows_of_a_feed_and_not_the_changes():
    change_at(State.SCHEDULED)
    now = timezone.now()
    Window.objects.create(name="Audit", starts_at=now, ends_at=now + timedelta(hours=2))
    _, secret = issued()

    ahead = Interval(now, now + timedelta(days=10))
    found = read(got(secret).content, zone="UTC", effect=Effect.FREEZE, within=ahead)

    assert [one.summary for one in found.times] == ["Freeze: Audit"]


def test_an_unchanged_feed_is_answered_with_304():
    change_at(State.SCHEDULED)
    _, secret = issued()
    first = got(secret)

    again = got(secret, **{"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first.headers["Referrer-Policy"] == "no-referrer"
    assert first.headers["Cache-Control"] == "private, max-age=300"
    assert first.headers["Content-Type"] == "text/calendar; charset=utf-8"


def test_no_line_is_longer_than_75_octets():
    change_at(State.SCHEDULED, title="€" * 190)
    _, secret = issued()

    assert max(len(line) for line in got(secret).content.split(b"\r\n")) <= 75


@pytest.mark.parametrize("secret", ["tgf_" + "x" * 43, "x", "tgf_", "%00"])
def test_an_unknown_feed_is_not_found(secret: str):
    assert got(secret).status_code in (404, 422)


def test_a_feed_ends_when_it_is_revoked_and_when_its_owner_goes(signed_in: Any):
    feed, secret = issued()
    _, other = issued(by="peer")

    signed_in("engineer").post(f"/schedule/feeds/{feed.pk}/revoke")
    User.objects.filter(username="peer").update(is_active=False)

    assert [got(each).status_code for each in (secret, other)] == [404, 404]
    assert verbs_of(feed.ref) == ["feed.issued", "feed.revoked"]


def test_nobody_revokes_the_feed_of_somebody_else(signed_in: Any):
    feed, secret = issued()

    answer = signed_in("stranger").post(f"/schedule/feeds/{feed.pk}/revoke")

    assert (answer.status_code, got(secret).status_code) == (404, 200)


def test_what_a_feed_cannot_be_narrowed_to_is_told_beside_its_field(signed_in: Any):
    answer = signed_in("engineer").post(OPEN, {"name": "Phone", "service": "refundz"})

    assert answer.status_code == 422
    assert answer.context["form"].errors["service"] == [
        "There is no service refundz. Did you mean refunds?"
    ]
    assert Feed.objects.count() == 0


def test_a_feed_opens_nothing_else():
    _, secret = issued()

    answers = [
        Client().get(path, headers={"Authorization": f"Bearer {secret}"}).status_code
        for path in ("/api/v1/changes", "/api/v1/windows")
    ]

    assert answers == [401, 401]
    assert Client().get(OPEN).status_code == 302


def test_a_robot_has_no_feed_and_nobody_has_more_than_twenty():
    with pytest.raises(Refused, match="for people"):
        issued(by="ci")
    for _ in range(feeds.MOST):
        issued()
    with pytest.raises(Refused, match="has 20 feeds, and 20 at most"):
        issued()


def test_the_address_is_in_no_log_line(caplog: pytest.LogCaptureFixture):
    _, secret = issued()

    with caplog.at_level(logging.DEBUG):
        got(secret)
        got(f"{secret}x")

    assert len(caplog.records) >= 2
    assert not any(secret in str(vars(record)) for record in caplog.records)
    line = {"event": f"Internal Server Error: /feeds/{secret}.ics"}
    assert without_secrets(None, "error", line) == {
        "event": f"Internal Server Error: /feeds/{secret[:8]}….ics"
    }


def test_the_feed_of_many_changes_costs_as_many_statements_as_that_of_one(
    django_assert_num_queries: Any,
):
    _, secret = issued()
    Feed.objects.update(last_used_at=timezone.now())
    for count in (1, 3):
        for _ in range(count):
            change_at(State.PLANNING)
        with django_assert_num_queries(5):
            got(secret)
