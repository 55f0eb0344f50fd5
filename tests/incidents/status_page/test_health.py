"""How a component stands, now and on each day: a table of spells."""

from datetime import UTC, date, datetime, timedelta

import pytest

from incidents.models.component import OF_SEVERITY, Health
from incidents.status_page import health
from incidents.status_page.health import Spell
from incidents.status_page.severities import Severities

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PARTIAL, DEGRADED, FINE = Health.PARTIAL_OUTAGE, Health.DEGRADED, Health.OPERATIONAL


@pytest.mark.parametrize(
    ("spells", "stands"),
    [
        ([], FINE),
        ([Spell(PARTIAL, NOON)], PARTIAL),
        ([Spell(PARTIAL, NOON - HOUR, NOON)], FINE),
        ([Spell(PARTIAL, NOON + HOUR)], FINE),
        ([Spell(DEGRADED, NOON), Spell(PARTIAL, NOON)], PARTIAL),
        ([Spell(PARTIAL, NOON), Spell(FINE, NOON, is_said=True)], FINE),
        ([Spell(PARTIAL, NOON), Spell(FINE, NOON - HOUR, NOON, is_said=True)], PARTIAL),
    ],
)
def test_it_stands_as_said_else_as_the_worst_that_holds(spells, stands):
    assert health.at(NOON, spells) == stands


def test_each_day_shows_its_worst_and_days_are_half_open():
    midnight = datetime(2026, 11, 19, tzinfo=UTC)
    spells = [
        Spell(PARTIAL, midnight - HOUR, midnight),
        Spell(DEGRADED, NOON - HOUR),
        Spell(PARTIAL, NOON + HOUR),
    ]

    days = health.days(spells, until=NOON)

    assert len(days) == 90
    assert days[0].date == date(2026, 8, 23)
    assert [day.health for day in days[-3:]] == [PARTIAL, FINE, DEGRADED]
    assert health.since(NOON) == datetime(2026, 8, 23, tzinfo=UTC)


def test_every_severity_has_a_health():
    assert sorted(OF_SEVERITY) == [1, 2, 3, 4]


def test_severities_hold_from_one_change_to_the_next_within_a_period():
    graded = Severities(2, ((NOON, 1), (NOON + HOUR, 3)))

    assert [graded.at(NOON + hours * HOUR) for hours in (-1, 0, 0.5, 1, 9)] == [2, 1, 1, 3, 3]
    assert graded.spans(NOON - HOUR, NOON + HOUR) == [
        (2, NOON - HOUR, NOON),
        (1, NOON, NOON + HOUR),
    ]
    assert graded.spans(NOON + 2 * HOUR, None) == [(3, NOON + 2 * HOUR, None)]
