"""Times in the reader's zone, and lists of names."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from catalog.models import Service
from changes.web.fields import (
    InstantField,
    NamesField,
    PersonField,
    ServiceField,
    SlugsField,
    StepsField,
    WordsField,
)
from tests import living


@pytest.mark.parametrize(
    ("zone", "typed", "instant"),
    [
        ("Europe/Amsterdam", "2026-11-23T09:00", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("Europe/Amsterdam", "2026-07-23T09:00", datetime(2026, 7, 23, 7, tzinfo=UTC)),
        ("America/New_York", "2026-11-23 09:00", datetime(2026, 11, 23, 14, tzinfo=UTC)),
        ("Asia/Kolkata", "2026-11-23T09:00", datetime(2026, 11, 23, 3, 30, tzinfo=UTC)),
        ("Asia/Kolkata", "2026-11-23T09:00+01:00", datetime(2026, 11, 23, 8, tzinfo=UTC)),
    ],
)
def test_time_is_read_in_the_readers_zone(zone: str, typed: str, instant: datetime) -> None:
    with timezone.override(ZoneInfo(zone)):
        assert InstantField().clean(typed) == instant


@pytest.mark.parametrize(
    ("zone", "typed", "sentence"),
    [
        (
            "Europe/Amsterdam",
            "2026-03-29T02:30",
            "02:30 on 29 Mar 2026 does not exist in Europe/Amsterdam: clocks go forward then. "
            "Choose 03:30 (CEST) or another time.",
        ),
        (
            "Europe/Amsterdam",
            "2026-10-25T02:30",
            "02:30 on 25 Oct 2026 happens twice in Europe/Amsterdam, as CEST and as CET: clocks go "
            "back then. Choose a time outside that hour.",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05T01:45",
            "01:45 on 5 Apr 2026 happens twice in Australia/Lord_Howe, as +11 and as +1030: clocks "
            "go back then. Choose a time outside that hour.",
        ),
        ("UTC", "tomorrow", "Give a day and a time, such as 2026-11-23 09:00."),
        ("Asia/Kolkata", "0001-01-01T00:00", "Give a day and a time, such as 2026-11-23 09:00."),
        (
            "America/New_York",
            "9999-12-31T23:59",
            "Give a day and a time, such as 2026-11-23 09:00.",
        ),
    ],
)
def test_time_that_is_none_or_two_is_refused(zone: str, typed: str, sentence: str) -> None:
    with timezone.override(ZoneInfo(zone)), pytest.raises(ValidationError) as refused:
        InstantField().clean(typed)

    assert refused.value.messages == [sentence]


def test_stored_time_is_shown_in_the_readers_zone() -> None:
    with timezone.override(ZoneInfo("Europe/Amsterdam")):
        shown = InstantField().prepare_value(datetime(2026, 11, 23, 8, 0, 30, tzinfo=UTC))

    assert shown == "2026-11-23T09:00"


def test_line_ends_of_browsers_become_those_of_the_ledger() -> None:
    assert WordsField().clean("One.\r\n  Two.\r\n") == "One.\n  Two."


def test_names_are_split_once_each_and_in_order() -> None:
    assert NamesField(required=False).clean(" smoke test, p99 ,, smoke test") == [
        "smoke test",
        "p99",
    ]
    assert NamesField(required=False).clean("") == []


def test_steps_are_percentages() -> None:
    assert StepsField(required=False).clean("5%, 25 100") == [5, 25, 100]
    with pytest.raises(ValidationError) as refused:
        StepsField(required=False).clean("5, half")
    assert refused.value.messages == ["“half” is no percentage. Write them as 5, 25, 100."]


def test_too_many_names_are_refused() -> None:
    with pytest.raises(ValidationError) as refused:
        NamesField(required=False).clean(",".join(str(number) for number in range(51)))

    assert refused.value.messages == ["At most 50 fit here."]


def test_service_is_found_by_slug_and_a_slip_is_named(settled: None) -> None:
    assert ServiceField().clean("Payments-API") == living.service("payments-api")
    with pytest.raises(ValidationError) as refused:
        ServiceField().clean("paymets-api")
    assert refused.value.messages == ["There is no service paymets-api. Did you mean payments-api?"]


def test_services_are_found_by_slug_and_each_slip_is_named(settled: None) -> None:
    assert SlugsField(required=False).clean("refunds, payments-api") == [
        Service.objects.get(slug="refunds"),
        Service.objects.get(slug="payments-api"),
    ]
    with pytest.raises(ValidationError) as refused:
        SlugsField(required=False).clean("refunds zzz")
    assert refused.value.messages == ["There is no service zzz."]


def test_person_is_found_by_username(settled: None) -> None:
    assert PersonField(required=False).clean("peer") == living.person("peer")
    assert PersonField(required=False).clean("") is None
    with pytest.raises(ValidationError) as refused:
        PersonField(required=False).clean("nobody")
    assert refused.value.messages == ["There is no user nobody."]
