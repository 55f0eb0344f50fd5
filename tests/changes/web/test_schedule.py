"""The schedule as a page: what it draws, what it tells, and what it costs."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from changes.models import Calendar, Window
from changes.queries import schedule
from changes.states import State
from tests import living
from tests.living import at, change_at, file

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
Browser = Callable[[str], Client]


def page(client: Client, **asked: Any) -> str:
    response = client.get("/schedule/", asked)
    assert response.status_code == 200, response.content.decode()[:500]
    return response.content.decode()


def bars(html: str) -> list[str]:
    """The refs of the bars that are drawn."""
    drawing = html.partition('<svg class="schedule"')[2].partition("</svg>")[0]
    return re.findall(r'<a href="/changes/(CHG-\d+)"', drawing)


def listed(html: str) -> list[str]:
    """The refs in the table under the drawing."""
    return re.findall(r'<a class="ref" href="/changes/(CHG-\d+)">', html)


def test_changes_are_drawn_in_lanes_and_told_in_a_table(signed_in: Browser):
    change = change_at(State.SCHEDULED)

    html = page(signed_in("engineer"))

    assert (bars(html), listed(html)) == ([change.ref], [change.ref])
    assert f'aria-label="{change.ref} Retry refunds; refunds production;' in html
    assert re.findall(r'<text class="lane-name"[^>]*>([\w-]+)<', html) == [
        "payments-api",
        "refunds",
    ]
    assert 'class="now"' in html


@pytest.mark.parametrize("view", ["week", "month", "agenda"])
def test_each_view_shows_the_change(view: str, signed_in: Browser):
    change = change_at(State.SCHEDULED)

    assert listed(page(signed_in("stranger"), view=view)) == [change.ref]


def test_an_agenda_has_no_drawing_and_says_that_today_is_today(signed_in: Browser):
    client = signed_in("engineer")
    empty = page(client, view="agenda")
    file(planned_start_at=at(60 + 1440 * 2), planned_end_at=at(90 + 1440 * 2))
    html = page(client, view="agenda")

    assert "Nothing is planned in these days" in empty
    assert '<svg class="schedule"' not in html
    assert re.search(r'today</span></h3>\s+<p class="quiet">Nothing begins.</p>', html)


def test_cancelled_changes_are_shown_only_where_asked_for(signed_in: Browser):
    change = change_at(State.CANCELLED)
    client = signed_in("engineer")

    assert listed(page(client)) == []
    assert listed(page(client, state="cancelled")) == [change.ref]


def test_filters_stand_in_the_address_and_stay_in_every_link(signed_in: Browser):
    mine = change_at(State.SCHEDULED)
    file(service=living.service("payments-api"))
    client = signed_in("engineer")

    html = page(client, service="refunds", by="team", view="month", environment="production")

    assert listed(html) == [mine.ref]
    links = re.findall(r'<a (?:class="button" )?href="/schedule/\?([^"]+)"', html)
    assert len(links) == 6
    assert all("by=team&amp;environment=production&amp;service=refunds" in link for link in links)


def test_an_unknown_service_is_told_beside_its_filter(signed_in: Browser):
    response = signed_in("engineer").get("/schedule/", {"service": "refund"})

    assert response.status_code == 422
    assert response.context["filter_form"].errors == {
        "service": ["There is no service refund. Did you mean refunds?"]
    }
    assert "Nothing is planned" not in response.content.decode()


@pytest.mark.parametrize(
    "asked",
    [
        {"on": "soon"},
        {"view": "decade"},
        {"by": "moon"},
        {"state": "lost"},
        {"environment": "moon"},
        {"service": "a b"},
        {"on": "0001-01-01T00:00"},
    ],
)
def test_a_mistyped_address_is_a_sentence_and_no_crash(asked: dict[str, str], signed_in: Browser):
    response = signed_in("engineer").get("/schedule/", asked)

    assert response.status_code == 422
    assert list(response.context["filter_form"].errors) == list(asked)


@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31", "2026-02-30"])
@pytest.mark.parametrize("view", ["week", "month", "agenda"])
def test_no_day_is_too_far(on: str, view: str, signed_in: Browser):
    answer = signed_in("engineer").get("/schedule/", {"on": on, "view": view})

    assert answer.status_code == (422 if on == "2026-02-30" else 200)


def test_a_freeze_is_a_named_band_and_shuts_its_slots(signed_in: Browser):
    now = timezone.now()
    client = signed_in("engineer")
    Window.objects.all().delete()
    free = page(client, view="month", on=now.date())
    Window.objects.create(
        name="Audit & <b>",
        reason="the auditors are here",
        starts_at=now - timedelta(days=40),
        ends_at=now + timedelta(days=40),
    )

    frozen = page(client, view="month", on=now.date())

    assert 'class="band freeze"' in frozen
    assert '<text class="band-name"' in frozen
    assert "Audit &amp; &lt;b&gt;" in frozen
    assert "<b>" not in frozen.partition('<svg class="schedule"')[2].partition("</svg>")[0]
    assert 'class="free"' not in frozen
    later = page(client, view="month", on=now.date() + timedelta(days=45))
    assert later.count('class="free"') > 0
    assert free.count('class="band') == free.count('<rect class="band')


def test_a_free_slot_leads_to_planning_there(signed_in: Browser):
    client = signed_in("engineer")
    html = page(client, on=timezone.localdate() + timedelta(days=7))

    href = re.findall(r'<a class="free" href="([^"]+)"', html)[0].replace("&amp;", "&")
    form = client.get(href).context["form"]

    assert form.initial["service"] == living.service("payments-api")
    assert form.initial["planned_start_at"] > timezone.now()


def test_changes_planned_into_each_other_are_hatched_and_named(signed_in: Browser):
    first, second = change_at(State.SCHEDULED), change_at(State.AWAITING_APPROVAL)

    html = page(signed_in("engineer"))

    assert f"{first.ref} conflict" in html
    assert f"{second.ref} conflict" in html
    assert html.count('fill="url(#hatch)"') == 2
    assert f"{first.ref} and {second.ref} are both planned for refunds production" in html


def test_titles_cannot_break_out_of_the_drawing(signed_in: Browser):
    file(title='"><script>alert(1)</script>')

    html = page(signed_in("engineer"))

    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html


def test_too_many_changes_are_counted_by_day(signed_in: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(schedule, "BARS_AT_MOST", 2)
    for _ in range(3):
        file()

    html = page(signed_in("engineer"))

    assert "There are too many to draw one by one." in html
    assert listed(html) == []
    this_week = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    day = max(timezone.localtime(at(60)).date(), this_week).isoformat()
    assert f"/changes/?planned_from={day}&amp;planned_to={day}" in html


def test_a_calendar_that_cannot_be_read_is_told_with_the_copy_that_holds(signed_in: Browser):
    window = Window.objects.create(
        name="Closed", source="ics_url", ics_url="https://example.org/f.ics"
    )
    Calendar.objects.create(
        window=window,
        polled_at=at(0),
        good_at=at(-600),
        due_at=at(60),
        read_until=at(600),
        failed_at=at(0),
        failure="The server answered 404 NOT FOUND.",
        failures=1,
    )

    html = page(signed_in("engineer"))

    assert "The calendar of “Closed” could not be read" in html
    assert "The server answered 404 NOT FOUND. Its copy of" in html


def test_feeds_and_exports_of_the_same_place_are_one_link_away(signed_in: Browser):
    html = page(signed_in("engineer"), service="refunds", view="month")

    assert 'href="/schedule/feeds?service=refunds"' in html
    assert 'href="/schedule/windows/argocd.yaml?service=refunds"' in html


def test_an_empty_schedule_says_how_to_begin(signed_in: Browser):
    html = page(signed_in("stranger"))

    assert "Nothing is planned in this period." in html
    assert '<svg class="schedule"' not in html


def test_days_are_those_of_the_reader(signed_in: Browser):
    reader = living.person("engineer")
    reader.time_zone = "Pacific/Auckland"
    reader.save()

    html = page(signed_in("engineer"))

    assert "Pacific/Auckland" in html
    assert re.search(r"now, \w+ \d+ \w+ \d\d:\d\d NZ[DS]T", html)


def test_who_has_not_signed_in_is_sent_to_the_door(client: Client):
    assert client.get("/schedule/")["Location"] == "/sign-in?next=/schedule/"


@pytest.mark.parametrize("view", ["week", "month", "agenda"])
@pytest.mark.parametrize("rows", [1, 3])
def test_it_takes_twelve_statements_however_many_rows(
    rows: int, view: str, signed_in: Browser, django_assert_num_queries: Any
):
    Window.objects.filter(name="Weekend freeze").update(is_active=True)
    for _ in range(rows):
        file()
    client = signed_in("engineer")

    with django_assert_num_queries(12):
        page(client, view=view)
