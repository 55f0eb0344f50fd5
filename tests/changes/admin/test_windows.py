"""Windows in the admin: kept through the calendar, with the next times they hold."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from changes.models import Window
from changes.queries.previews import shown
from ledger.models import Event

ADD = reverse("admin:changes_window_add")
NIGHTLY = {
    "name": "Nightly backup",
    "effect": "freeze",
    "level": "block",
    "in_flight": "finish",
    "override_by": "CAB",
    "override_review_days": "3",
    "is_active": "on",
    "reason": "backups",
    "recurrence": "FREQ=DAILY",
    "start_time": "02:00",
    "duration": "1:30:00",
    "time_zone": "Europe/Amsterdam",
    "environments": ["production"],
    "services": ["payments-api", "refunds"],
    "tiers": ["1"],
    "kinds": ["normal"],
    "categories": ["database"],
}

REQUIRED = (
    "name",
    "effect",
    "level",
    "in_flight",
    "is_active",
    "override_by",
    "override_review_days",
)


def page_of(window: Window) -> str:
    return reverse("admin:changes_window_change", args=[window.pk])


def errors_of(answer: object) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].form.errors)  # type: ignore[attr-defined]


def test_a_recurring_window_is_kept_and_recorded(signed_in):
    answer = signed_in("manager").post(ADD, NIGHTLY)

    assert answer.status_code == 302, errors_of(answer)
    window = Window.objects.get(name="Nightly backup")
    assert (window.services, window.tiers) == (["payments-api", "refunds"], [1])
    assert window.duration == timedelta(hours=1, minutes=30)
    assert abs(window.first_date - timezone.localdate()) <= timedelta(days=1)
    event = Event.objects.get(subject=window.ref)
    assert (event.verb, event.actor) == ("window.created", "manager")
    assert event.about == ["service:payments-api", "service:refunds"]


def test_the_page_lists_the_next_ten_times_it_holds(signed_in):
    browser = signed_in("manager")
    browser.post(ADD, NIGHTLY)
    window = Window.objects.get(name="Nightly backup")

    page = browser.get(page_of(window))

    (times,) = page.context["times"]
    assert times.zones == ["Europe/Amsterdam"]
    assert len(times.occurrences) == 10
    assert page.content.decode().count('<li><span class="period">') == 10


def test_the_next_times_are_shown_before_anything_is_saved(signed_in):
    windows, events = Window.objects.count(), Event.objects.count()

    answer = signed_in("manager").post(ADD, NIGHTLY | {"_preview": "Show the next times"})

    assert answer.status_code == 200
    text = answer.content.decode()
    assert "Nothing is saved yet." in text
    assert text.count('<li><span class="period">') == 10
    assert 'value="1:30:00"' in text
    assert (Window.objects.count(), Event.objects.count()) == (windows, events)


def test_clock_changes_are_warned_of_before_and_after_saving(signed_in):
    browser = signed_in("manager")
    hit = NIGHTLY | {"start_time": "02:30"}

    previewed = browser.post(ADD, hit | {"_preview": "Show the next times"})
    saved = browser.post(ADD, hit, follow=True)

    warnings = [str(one) for one in saved.context["messages"] if one.level_tag == "warning"]
    assert len(warnings) == 2
    for warning in warnings:
        assert warning in previewed.content.decode()
        assert "Europe/Amsterdam, for the clocks go" in warning


def test_what_a_window_excepts_is_kept_and_listed(signed_in):
    browser = signed_in("manager")
    org_wide = {name: [] for name in ("environments", "services", "tiers", "kinds", "categories")}

    excepted = {"except_services": ["refunds"], "except_teams": ["platform"], "except_tiers": ["4"]}
    browser.post(ADD, NIGHTLY | org_wide | excepted)

    window = Window.objects.get(name="Nightly backup")
    assert (window.except_services, window.except_tiers) == (["refunds"], [4])
    page = browser.get(reverse("admin:changes_window_changelist"))
    assert "except team platform and refunds and tier 4" in page.content.decode()


def test_a_window_without_a_zone_is_shown_in_the_zones_of_the_teams_it_reaches(demo, db):
    weekend = Window.objects.get(name="Weekend freeze")

    times = shown(weekend, now=timezone.now()).times

    assert [each.zones for each in times] == [
        ["Europe/Amsterdam", "Europe/Berlin"],
        ["Europe/Lisbon", "Europe/London"],
    ]


def test_an_edit_is_recorded_with_what_changed(signed_in):
    browser = signed_in("manager")
    browser.post(ADD, NIGHTLY)
    window = Window.objects.get(name="Nightly backup")

    browser.post(page_of(window), NIGHTLY | {"start_time": "03:00", "services": ["refunds"]})

    event = Event.objects.filter(subject=window.ref).latest("position")
    assert event.verb == "window.edited"
    assert event.data["diff"]["start_time"] == ["02:00:00", "03:00:00"]
    assert event.data["diff"]["services"] == [["payments-api", "refunds"], ["refunds"]]


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"recurrence": "EVERY DAY"}, "recurrence", "EVERY DAY"),
        ({"time_zone": "Mars/Base"}, "time_zone", "“Mars/Base” is not an IANA time zone."),
        ({"duration": "soon"}, "duration", "Enter a valid duration."),
        ({"duration": ""}, "__all__", "needs a start time and a duration"),
        ({"services": ["nowhere"]}, "services", "nowhere is not one of the available choices"),
        ({"recurrence": "", "start_time": "", "duration": ""}, "__all__", "a start and an end"),
        (
            {"recurrence": "FREQ=YEARLY;UNTIL=20200101T000000"},
            "recurrence",
            "never happens from",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_and_nothing_is_written(
    signed_in, wrong: dict[str, object], field: str, sentence: str
):
    windows, events = Window.objects.count(), Event.objects.count()
    browser: Client = signed_in("manager")

    for button in ({}, {"_preview": "1"}):
        answer = browser.post(ADD, NIGHTLY | wrong | button)
        assert answer.status_code == 200
        assert sentence in " ".join(errors_of(answer)[field])
    assert (Window.objects.count(), Event.objects.count()) == (windows, events)


def test_a_period_is_read_in_the_zone_of_whoever_writes_it(signed_in):
    year = timezone.now().year + 1
    browser = signed_in("manager")

    answer = browser.post(
        ADD,
        {
            **{key: NIGHTLY[key] for key in REQUIRED},
            "starts_at": f"{year}-01-15T10:00",
            "ends_at": f"{year}-01-15T12:00",
        },
    )

    assert answer.status_code == 302, errors_of(answer)
    window = Window.objects.get(name="Nightly backup")
    assert window.starts_at == datetime(year, 1, 15, 9, tzinfo=UTC)
    page = browser.get(page_of(window)).content.decode()
    assert f'value="{year}-01-15T10:00"' in page


def test_a_period_that_is_over_is_refused(signed_in):
    answer = signed_in("manager").post(
        ADD,
        {
            **{key: NIGHTLY[key] for key in REQUIRED},
            "starts_at": "2024-01-01T10:00",
            "ends_at": "2024-01-02T10:00",
        },
    )

    assert errors_of(answer)["ends_at"] == ["This period is over: give one that lies ahead."]


def test_a_service_that_is_gone_stays_visible_among_the_choices(signed_in):
    Window.objects.filter(name="Audit sampling").update(services=["reporting", "old-reports"])
    window = Window.objects.get(name="Audit sampling")

    page = signed_in("manager").get(page_of(window)).content.decode()

    assert 'value="old-reports"' in page


def test_slugs_are_written_where_there_are_too_many_to_tick(signed_in, monkeypatch):
    monkeypatch.setattr("changes.admin.scopes.CHOICES_AT_MOST", 5)
    browser = signed_in("manager")

    answer = browser.post(ADD, NIGHTLY | {"services": "payments-api, chekout"})
    assert errors_of(answer)["services"] == ["There is no service chekout. Did you mean checkout?"]
    assert browser.post(ADD, NIGHTLY | {"services": "payments-api\nrefunds"}).status_code == 302
    assert Window.objects.get(name="Nightly backup").services == ["payments-api", "refunds"]


def test_a_window_is_deactivated_and_never_deleted(signed_in):
    window, browser = Window.objects.get(name="Audit sampling"), signed_in("manager")

    browser.post(
        reverse("admin:changes_window_changelist"),
        {"action": "deactivate", "index": "0", "_selected_action": [window.pk]},
    )
    delete = reverse("admin:changes_window_delete", args=[window.pk])
    deleted = signed_in("admin").post(delete, {"post": "yes"})

    assert Window.objects.get(pk=window.pk).is_active is False
    verb = Event.objects.filter(subject=window.ref).latest("position").verb
    assert verb == "window.deactivated"
    assert deleted.status_code == 403


@pytest.mark.parametrize("name", ["cab-1", "auditor"])
def test_who_is_no_change_manager_reads_only(signed_in, name: str):
    window, browser = Window.objects.get(name="Weekend freeze"), signed_in(name)

    assert browser.get(page_of(window)).status_code == 200
    assert browser.post(page_of(window), NIGHTLY).status_code == 403
    assert browser.post(page_of(window), NIGHTLY | {"_preview": "1"}).status_code == 403
    assert browser.post(ADD, NIGHTLY).status_code == 403
