"""Instants and lists as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from changes.policies.reasons import either, listed, moment, spell


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", "Mon 23 Nov 05:00 UTC"),
        ("Europe/Amsterdam", "Mon 23 Nov 06:00 CET"),
        ("America/New_York", "Mon 23 Nov 00:00 EST"),
        ("Pacific/Apia", "Mon 23 Nov 18:00 +13"),
    ],
)
def test_a_moment_is_told_in_its_zone(zone: str, text: str) -> None:
    assert moment(datetime(2026, 11, 23, 5, tzinfo=UTC), zone) == text


@pytest.mark.parametrize(
    ("year", "text"), [(2026, "Fri 1 Jan 2027 00:30 CET"), (2027, "Fri 1 Jan 00:30 CET")]
)
def test_a_moment_of_another_year_says_which(year: int, text: str) -> None:
    instant, now = datetime(2026, 12, 31, 23, 30, tzinfo=UTC), datetime(year, 6, 1, tzinfo=UTC)

    assert moment(instant, "Europe/Amsterdam", now=now) == text


@pytest.mark.parametrize(
    ("words", "joined"), [([], ""), (["a"], "a"), (["a", "b"], "a & b"), (list("abc"), "a, b & c")]
)
def test_lists_end_in_a_word(words: list[str], joined: str) -> None:
    assert listed(words) == joined.replace("&", "and")
    assert either(words) == joined.replace("&", "or")


@pytest.mark.parametrize(("minutes", "text"), [(30, "30 min"), (60, "1 h"), (90, "90 min")])
def test_lengths_are_spelt(minutes: int, text: str) -> None:
    assert spell(timedelta(minutes=minutes)) == text
