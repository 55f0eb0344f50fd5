"""Which windows a change meets: every scope, alone and together; scopes live in SQL."""

from typing import Any

import pytest

from catalog.models import Environment, Service
from changes.models import Change, Window
from changes.queries import facts as gathered
from changes.states import Kind
from tests.living import at, facts_of, file, person, window


def met(change: Change, *, minutes: float = 60) -> list[str]:
    """The names of the windows among a change's facts."""
    return sorted(one.name for one in facts_of(change, minutes=minutes).windows)


SCOPES: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"services": ["refunds"]}, True),
    ({"services": ["payments-api", "refunds"]}, True),
    ({"services": ["payments-api"]}, False),
    ({"teams": ["payments"]}, True),
    ({"teams": ["platform"]}, False),
    ({"environments": ["production"]}, True),
    ({"environments": ["staging"]}, False),
    ({"tiers": [3]}, True),
    ({"tiers": [1, 2]}, False),
    ({"kinds": ["normal"]}, True),
    ({"kinds": ["standard", "emergency"]}, False),
    ({"categories": ["deployment"]}, True),
    ({"categories": ["database"]}, False),
    ({"services": ["refunds"], "environments": ["production"], "tiers": [3]}, True),
    ({"services": ["refunds"], "environments": ["staging"]}, False),
    ({"except_standard_up_to_risk": "high"}, True),
    ({"is_active": False}, False),
]


@pytest.mark.parametrize(("scope", "meets"), SCOPES)
def test_a_window_meets_what_its_scope_covers(
    scope: dict[str, Any], meets: bool, settled: None
) -> None:
    change = file()
    window("Month end", **scope)

    assert met(change) == (["Month end"] if meets else [])


@pytest.mark.parametrize(
    ("rollout", "excepted"),
    [
        ("canary", {"low", "medium", "high"}),
        ("rolling", {"medium", "high"}),
    ],
)
def test_an_exception_for_standard_changes_reaches_up_to_its_risk(
    rollout: str, excepted: set[str], settled: None
) -> None:
    change = file(kind=Kind.STANDARD, rollout=rollout)
    for risk in ("", "low", "medium", "high"):
        window(f"except {risk}", except_standard_up_to_risk=risk)

    passed = {"low", "medium", "high"} - {name.removeprefix("except ") for name in met(change)}

    assert passed == excepted
    assert "except " in met(change)


@pytest.mark.parametrize(("ends", "meets"), [(60, False), (60.001, True)])
def test_a_one_off_window_that_is_over_is_not_read(ends: float, meets: bool, settled: None) -> None:
    change = file()
    window("Month end", ends=ends)

    assert bool(met(change)) is meets


def test_a_window_without_a_zone_is_read_in_the_teams(settled: None) -> None:
    change = file()
    window("Month end")
    window("Audit", time_zone="Pacific/Apia")

    zones = {one.name: one.zone for one in facts_of(change).windows}

    assert zones == {"Month end": "Europe/Amsterdam", "Audit": "Pacific/Apia"}


def test_windows_look_at_a_change_that_is_not_written_yet(settled: None) -> None:
    window("Databases", categories=["database"])
    window("Standard", kinds=["standard"])
    window("Careful", except_standard_up_to_risk="medium")

    def names(**given: str) -> list[str]:
        place = gathered.of_place(
            service="refunds",
            environment="production",
            actor=person("engineer"),
            now=at(0),
            **{"kind": "normal", **given},
        )
        return sorted(one.name for one in place.windows)

    assert names() == ["Careful"]
    assert names(category="database") == ["Careful", "Databases"]
    assert names(kind="standard", risk="medium") == ["Standard"]
    assert names(kind="standard", risk="high") == ["Careful", "Standard"]


def test_a_recurring_window_comes_back_from_the_database_as_it_was_written(
    settled: None,
) -> None:
    Window.objects.filter(name="Weekend freeze").update(is_active=True)

    (freeze,) = facts_of(file()).windows

    assert freeze.recurs is not None
    kept = Window.objects.get(name="Weekend freeze")
    assert (
        freeze.recurs.rule,
        freeze.recurs.first_date,
        freeze.recurs.start_time,
        freeze.recurs.duration,
    ) == (kept.recurrence, kept.first_date, kept.start_time, kept.duration)


def test_the_gate_sees_the_windows_of_the_place_it_was_asked_about(settled: None) -> None:
    staging = Environment.objects.get(slug="staging")
    change = file(environment=staging, revision="abc")
    window("Month end", environments=["production"])
    window("Rehearsal", environments=["staging"])

    def names(environment: str) -> list[str]:
        facts, _ = gathered.at_gate(
            service="refunds",
            environment=environment,
            change=change.pk,
            revision="",
            actor=person("ci"),
            now=at(60),
            key_purpose="permit",
        )
        return [one.name for one in facts.windows]

    assert (names("staging"), names("production")) == (["Rehearsal"], ["Month end"])
    assert Service.objects.count() == 2
