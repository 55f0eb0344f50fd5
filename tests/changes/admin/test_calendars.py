"""Windows by somebody else's calendar, in the admin."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from changes.models import Calendar, ListedTime, Window
from tests.changes.admin.test_windows import ADD, NIGHTLY, REQUIRED, errors_of, page_of
from tests.changes.calendars.ics import ics

LIST = reverse("admin:changes_window_changelist")
HOLIDAYS = {name: NIGHTLY[name] for name in REQUIRED} | {
    "holidays": "NL",
    "time_zone": "Europe/Amsterdam",
}


def uploaded(body: str | bytes) -> SimpleUploadedFile:
    raw = body.encode() if isinstance(body, str) else body
    return SimpleUploadedFile("closed.ics", raw, content_type="text/calendar")


def calendars_of_ours() -> bool:
    """Whether the window that is tried here has a calendar; the demo has one too."""
    return Calendar.objects.filter(window__name=HOLIDAYS["name"]).exists()


def page(answer: Any) -> str:
    return str(answer.content.decode())


def test_public_holidays_are_previewed_before_they_are_saved(signed_in: Any):
    client: Client = signed_in("manager")

    preview = client.post(ADD, {**HOLIDAYS, "_preview": "1"})

    assert "Christmas Day" in page(preview)
    assert not calendars_of_ours()
    assert client.post(ADD, HOLIDAYS).status_code == 302
    window = Window.objects.get(name="Nightly backup")
    assert "Public holidays of NL, Europe/Amsterdam" in page(client.get(LIST))
    assert "Christmas Day" in page(client.get(page_of(window)))


def test_a_file_is_uploaded_and_kept_when_other_words_are_edited(signed_in: Any):
    client: Client = signed_in("manager")
    form = {**HOLIDAYS, "holidays": ""}

    client.post(ADD, {**form, "ics": uploaded(ics("20270101"))})
    window = Window.objects.get(name="Nightly backup")
    client.post(page_of(window), {**form, "name": "Closed"})

    window.refresh_from_db()
    assert (window.name, window.source) == ("Closed", "ics_file")
    assert ListedTime.objects.get(window=window).summary == "Closed 20270101"
    assert "Calendar from a file" in page(client.get(LIST))


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"holidays": "Germny"}, "holidays", "such as DE (Germany)"),
        ({"ics_url": "https://192.168.1.1/f.ics"}, "ics_url", "is not a public address"),
        ({"time_zone": "Mars/Base", "holidays": "NL"}, "time_zone", "is not an IANA time zone"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field_and_nothing_is_saved(
    signed_in: Any, given: dict[str, str], field: str, sentence: str
):
    before = Window.objects.count()

    answer = signed_in("manager").post(ADD, {**HOLIDAYS, "holidays": "", **given})

    assert sentence in str(errors_of(answer).get(field)), errors_of(answer)
    assert Window.objects.count() == before
    assert not calendars_of_ours()


@pytest.mark.parametrize(
    ("size", "status", "sentence"),
    [
        (2_500_000, 200, "The calendar is over 2 MB. Give one of freezes alone."),
        (50_000_000, 413, "a calendar file may have 2 MB. Nothing was saved."),
    ],
)
def test_a_file_that_is_too_large_is_refused(signed_in: Any, size: int, status: int, sentence: str):
    form = {**HOLIDAYS, "holidays": "", "ics": uploaded(b"x" * size)}

    answer = signed_in("manager").post(ADD, form)

    assert (answer.status_code, sentence in page(answer)) == (status, True)
    assert not calendars_of_ours()


def test_a_calendar_that_fails_says_so_on_the_list_and_on_its_page(signed_in: Any):
    client: Client = signed_in("manager")
    client.post(ADD, HOLIDAYS)
    window = Window.objects.get(name="Nightly backup")
    Window.objects.filter(pk=window.pk).update(holidays="ZZ")

    answer = client.post(LIST, {"action": "read_now", "_selected_action": [window.pk]}, follow=True)

    told = "The public holidays of “ZZ” are not known."
    assert told in page(answer)
    assert "The copy of" in page(client.get(LIST))
    assert told in page(client.get(page_of(window)))
    assert ListedTime.objects.filter(window=window).exists()
