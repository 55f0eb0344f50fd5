"""Finding a slot while writing a change, without a script; and from an explanation."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from changes.models import Change, Window
from tests import living
from tests.changes.web.test_form import TYPED
from tests.living import State, change_at, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
Open = Callable[[str], Client]
ASKED = {**TYPED, "find_slot": "1", "slot_minutes": "120", "slot_days": "7"}


def text(response: Any) -> str:
    return str(response.content.decode())


def test_the_best_slots_stand_in_the_form_with_their_arithmetic(signed_in: Open) -> None:
    now = timezone.now()
    ends = now + timedelta(days=2)
    Window.objects.create(name="Audit", starts_at=now - timedelta(hours=1), ends_at=ends)

    answer = signed_in("engineer").post("/changes/new", ASKED)

    choices = answer.context["finder"].choices
    assert (answer.status_code, Change.objects.count()) == (200, 0)
    assert len(choices) == 5
    assert all(one.slot.period.starts_at >= ends for one in choices)
    assert {one.slot.period.ends_at - one.slot.period.starts_at for one in choices} == {
        timedelta(hours=2)
    }
    page = text(answer)
    assert "Every slot begins with" in page
    assert 'name="title" value="Retry refunds"' in page
    assert "Give the planned" not in page
    assert page.count("formnovalidate") == 1 + len(choices)  # What is not written yet can wait.


def test_taking_one_fills_in_start_and_end_and_saves_nothing(signed_in: Open) -> None:
    browser = signed_in("engineer")
    chosen = browser.post("/changes/new", ASKED).context["finder"].choices[0]

    answer = browser.post("/changes/new", {**TYPED, "take_slot": chosen.taken})

    form = answer.context["form"]
    period = chosen.slot.period
    assert (answer.status_code, Change.objects.count()) == (200, 0)
    assert form.cleaned_data["planned_start_at"] == period.starts_at
    assert form.cleaned_data["planned_end_at"] == period.ends_at
    assert "data-came-back" in text(answer)
    saved = browser.post(
        "/changes/new",
        {**TYPED, **{name: form[name].value() for name in ("planned_start_at", "planned_end_at")}},
    )
    assert saved.status_code == 303
    assert Change.objects.get().planned_start_at == period.starts_at


@pytest.mark.parametrize("taken", ["", "x/y", "2026-11-23T09:00/2026-11-23T10:00", "<script>"])
def test_a_slot_that_is_none_is_not_taken(taken: str, signed_in: Open) -> None:
    answer = signed_in("engineer").post("/changes/new", {**TYPED, "take_slot": taken})

    assert answer.status_code == 200
    assert answer.context["form"].cleaned_data.get("planned_start_at") is None
    assert Change.objects.count() == 0


def test_without_a_place_it_says_what_is_missing(signed_in: Open) -> None:
    answer = signed_in("engineer").post("/changes/new", {**ASKED, "service": ""})

    assert answer.context["finder"].words == "Name the service and the environment first."


def test_where_nothing_is_free_it_says_what_takes_the_time(signed_in: Open) -> None:
    now = timezone.now()
    Window.objects.create(name="Audit", starts_at=now, ends_at=now + timedelta(days=60))

    answer = signed_in("engineer").post("/changes/new", ASKED)

    assert answer.context["finder"].words.startswith("No 2 h is free in the 168 h that were")


def test_a_change_that_is_planned_anew_is_not_in_its_own_way(signed_in: Open) -> None:
    begin = timezone.now() + timedelta(hours=1)
    change = change_at(
        State.SCHEDULED, planned_start_at=begin, planned_end_at=begin + timedelta(days=6, hours=22)
    )
    sent = {**TYPED, "edition": fresh(change).edition, "find_slot": "1"}

    answer = signed_in("engineer").post(
        f"/changes/{change.ref}/edit", {**sent, "slot_minutes": "60", "slot_days": "7"}
    )

    assert len(answer.context["finder"].choices) == 5


def test_an_explanation_offers_where_an_hour_would_fit(signed_in: Open) -> None:
    now = timezone.now()
    Window.objects.create(
        name="Audit", starts_at=now - timedelta(hours=1), ends_at=now + timedelta(days=3)
    )

    answer = signed_in("stranger").get(
        "/gate/explain", {"service": "refunds", "environment": "production"}
    )

    slots = answer.context["slots"]
    assert len(slots) == 3
    form = signed_in("engineer").get(slots[0].url).context["form"]
    begins = form.initial["planned_start_at"]
    assert isinstance(begins, datetime)
    assert begins == slots[0].slot.period.starts_at
    assert form.initial["service"] == living.service()
