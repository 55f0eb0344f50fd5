"""What a window may not say, before and in the database."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from changes.models import Window
from tests.living import at

RECURRING = {
    "name": "Weekend",
    "recurrence": "FREQ=WEEKLY;BYDAY=FR",
    "first_date": date(2024, 1, 5),
    "start_time": time(16),
    "duration": timedelta(hours=62),
}
ONCE = {"name": "Month end", "starts_at": at(0), "ends_at": at(60)}
OUT_OF_BOUNDS = "Give a date from 2000 to 2199."


@pytest.mark.parametrize("fields", [RECURRING, ONCE])
def test_a_window_is_one_off_or_recurring_or_a_calendar(fields: dict[str, Any]) -> None:
    Window(**fields).clean()


@pytest.mark.parametrize(
    ("fields", "sentences"),
    [
        (
            {"name": "x"},
            ["Give a start and an end, or a recurrence with a start time, or a calendar."],
        ),
        (
            {**ONCE, "ends_at": None},
            ["Give a start and an end, or a recurrence with a start time, or a calendar."],
        ),
        ({**ONCE, "ends_at": at(0)}, ["It must end after it starts."]),
        (
            {**RECURRING, **ONCE},
            ["A recurring window has no single start and end: clear them."],
        ),
        (
            {**RECURRING, "start_time": None},
            ["A recurring window needs a start time and a duration."],
        ),
        (
            {**RECURRING, "duration": None},
            ["A recurring window needs a start time and a duration."],
        ),
        ({**RECURRING, "duration": timedelta(seconds=59)}, ["It must last at least a minute."]),
        ({**RECURRING, "duration": timedelta(days=367)}, ["It must last at most 366 days."]),
        ({**RECURRING, "first_date": date(1999, 12, 31)}, [OUT_OF_BOUNDS]),
        ({**RECURRING, "first_date": date(2200, 1, 1)}, [OUT_OF_BOUNDS]),
        (
            {**ONCE, "effect": "maintenance", "except_standard_up_to_risk": "low"},
            ["Only a freeze has exceptions: leave it empty."],
        ),
    ],
)
def test_what_a_window_may_not_say_is_told_in_a_sentence(
    fields: dict[str, Any], sentences: list[str]
) -> None:
    with pytest.raises(ValidationError) as refused:
        Window(**fields).clean()

    assert refused.value.messages == sentences


def test_a_rule_that_never_happens_is_refused_with_its_words() -> None:
    with pytest.raises(ValidationError) as refused:
        Window(**{**RECURRING, "recurrence": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}).clean()

    assert refused.value.message_dict == {
        "recurrence": ["“FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30” never happens from 05 Jan 2024 on."]
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "x"},
        {**ONCE, "ends_at": at(0)},
        {**RECURRING, **ONCE},
        {**RECURRING, "duration": None},
    ],
)
def test_the_database_refuses_what_the_form_would(fields: dict[str, Any], db: None) -> None:
    with pytest.raises(DatabaseError, match="window_"), transaction.atomic():
        Window.objects.create(**fields)
