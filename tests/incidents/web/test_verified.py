"""What the war room shows of the checks that tell whether service is restored."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import User
from incidents import lifecycle, queries
from incidents.models import Incident, ResolutionCheck, ResolutionWatch
from incidents.policies.resolution import Light
from incidents.web import verified

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
ROOM = 22
HX = {"HX-Request": "true"}


@pytest.fixture
def browser(oncall: User) -> Client:
    client = Client()
    client.force_login(oncall, backend="django.contrib.auth.backends.ModelBackend")
    return client


def check(
    incident: Incident,
    *,
    name: str = "errors",
    now: datetime,
    green: int | None = None,
    last: int | None = 0,
) -> None:
    """A check that is green since so many minutes, looked at so many minutes ago."""
    row = ResolutionCheck.objects.create(
        name=name, query="errors", threshold=0.05, base_url="http://prom.example"
    )
    if last is not None:
        ResolutionWatch.objects.create(
            incident=incident,
            check_row=row,
            due_at=now,
            green_since=None if green is None else now - green * MINUTE,
            last_at=now - last * MINUTE,
            said="0.2, and must be < 0.05.",
        )


@pytest.mark.parametrize(
    ("given", "light", "verified_at"),
    [
        ({"last": None}, Light.UNSEEN, None),
        ({"green": 30, "last": 6}, Light.STALE, None),
        ({}, Light.RED, None),
        ({"green": 4}, Light.GREEN_ONCE, 11),
        ({"green": 15}, Light.GREEN_TWICE, None),
    ],
)
def test_a_check_stands_as_its_looks_say(
    given: dict[str, Any],
    light: Light,
    verified_at: int | None,
    declared: Callable[..., Incident],
    now: datetime,
):
    incident = declared()
    check(incident, now=now, **given)

    seen = verified.shown(incident, now=now)

    assert [row.light for row in seen.rows] == [light]
    assert seen.verified is (light is Light.GREEN_TWICE)
    assert seen.verified_at == (verified_at and now + verified_at * MINUTE)


def test_all_are_verified_when_the_last_is_and_never_while_one_is_red(
    declared: Callable[..., Incident], now: datetime
):
    incident = declared()
    for name, green in (("a", 2), ("b", 9), ("c", 20)):
        check(incident, name=name, green=green, now=now)
    waiting = verified.shown(incident, now=now)
    check(incident, name="d", now=now)

    seen = verified.shown(incident, now=now)

    assert (waiting.verified_at, waiting.green) == (now + 13 * MINUTE, 1)
    assert (seen.verified_at, seen.green, seen.verified) == (None, 1, False)


def test_the_room_says_of_each_check_how_it_stands(
    browser: Client, declared: Callable[..., Incident]
):
    now = timezone.now()
    incident = declared(now=now - timedelta(hours=1))
    alone = browser.get(f"/incidents/{incident.ref}").content.decode()
    for name, given in (
        ("once", {"green": 4}),
        ("twice", {"green": 20}),
        ("red", {}),
        ("stale", {"last": 9}),
        ("unseen", {"last": None}),
    ):
        check(incident, name=name, now=now, **given)

    page = browser.get(f"/incidents/{incident.ref}").content.decode()
    swapped = browser.get(f"/incidents/{incident.ref}/now", headers=HX).content.decode()

    assert "No resolution check looks at checkout" in alone
    for html in (page, swapped):
        told = html[html.index('id="room-verified"') :]
        assert "1 of 5 green twice" in told
        assert "second reading due" in told
        assert "not green: 0.2, and must be &lt; 0.05." in told
        assert "not known: last read" in told
        assert "not read yet" in told


def test_resolving_without_a_reason_asks_for_it_where_it_is_typed(
    browser: Client, declared: Callable[..., Incident]
):
    now = timezone.now()
    incident = declared(now=now - timedelta(hours=1))
    check(incident, now=now)
    url = f"/incidents/{incident.ref}/resolve"

    plain = browser.post(url, {"note": " "})
    live = browser.post(url, {"note": ""}, headers=HX)

    assert (plain.status_code, live.status_code) == (422, 200)
    for answer in (plain, live):
        html = answer.content.decode()
        assert "say here why you call it resolved" in html
    assert queries.by_ref(incident.ref).state == "declared"
    browser.post(url, {"note": "The graph is broken, not we."})
    after = browser.get(f"/incidents/{incident.ref}").content.decode()
    assert "resolved it, without having acknowledged or mitigated it before, not verified" in after
    assert "Is service restored?" not in after


def test_the_timeline_names_the_checks_that_were_green(
    browser: Client, oncall: User, declared: Callable[..., Incident]
):
    now = timezone.now()
    incident = declared(now=now - timedelta(hours=1))
    check(incident, green=16, now=now)
    lifecycle.resolve(ref=incident.ref, actor=oncall, now=now)

    html = browser.get(f"/incidents/{incident.ref}").content.decode()

    assert "verified: errors green twice" in html


@pytest.mark.parametrize("checks", [1, 3])
def test_the_room_takes_as_many_statements_however_many_checks(
    checks: int,
    browser: Client,
    declared: Callable[..., Incident],
    django_assert_num_queries: Any,
):
    incident, now = declared(), timezone.now()
    for number in range(checks):
        check(incident, name=str(number), now=now)

    with django_assert_num_queries(ROOM):
        browser.get(f"/incidents/{incident.ref}")
