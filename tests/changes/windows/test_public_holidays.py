"""Public holidays by country and by part of it."""

from datetime import UTC, datetime

import pytest

from changes.windows import Effect, Interval
from changes.windows.public_holidays import days, refuse_unknown_place

WINTER = Interval(datetime(2026, 12, 20, tzinfo=UTC), datetime(2027, 1, 15, tzinfo=UTC))


def names(place: str) -> list[tuple[str, str]]:
    found = days(place, zone="Europe/Berlin", effect=Effect.FREEZE, within=WINTER)
    return [(f"{one.interval.starts_at:%d %b %H:%M}", one.summary) for one in found]


def test_holidays_are_whole_days_of_the_zone_with_their_names():
    assert names("DE") == [
        ("24 Dec 23:00", "Christmas Day"),
        ("25 Dec 23:00", "Second Day of Christmas"),
        ("31 Dec 23:00", "New Year's Day"),
    ]


def test_a_part_of_a_country_has_holidays_of_its_own():
    assert names("DE-BY") == [*names("DE"), ("05 Jan 23:00", "Epiphany")]


def test_a_day_is_as_long_as_the_clocks_make_it():
    easter = Interval(datetime(2027, 3, 26, tzinfo=UTC), datetime(2027, 3, 30, tzinfo=UTC))

    found = days("DE-BB", zone="Europe/Berlin", effect=Effect.FREEZE, within=easter)

    lengths = {
        one.summary: (one.interval.ends_at - one.interval.starts_at).total_seconds() / 3600
        for one in found
    }
    assert lengths == {"Good Friday": 24, "Easter Sunday": 23, "Easter Monday": 24}


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        (
            "Netherlands",
            "The public holidays of “Netherlands” are not known. Give a country's code, such as "
            "NL (Netherlands).",
        ),
        ("GERMNY", "such as DE (Germany)"),
        ("", "such as NL, DE-BY or US-CA."),
        ("DE-XX", "DE has no part “XX” with holidays of its own. Use DE, or one such as DE-"),
        ("NL-ZZ", "NL has no part “ZZ” with holidays of its own. Use NL."),
    ],
)
def test_an_unknown_place_is_refused_with_what_may_be_meant(place: str, sentence: str):
    with pytest.raises(ValueError, match="holidays") as refused:
        refuse_unknown_place(place)

    assert sentence in str(refused.value)
