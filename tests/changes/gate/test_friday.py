"""Friday evening, as the default freeze has it."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.models import Environment
from changes.states import Kind, State
from tests.changes.gate.asking import FRIDAY_EVENING, MONDAY_SIX, ask, codes
from tests.living import (
    change_at,
    file,
    say,
    template,
    vote,
)


def test_on_a_friday_evening_it_says_no_because_until_and_what_to_do(weekend: None) -> None:
    change_at(State.SCHEDULED, planned_end_at=MONDAY_SIX + timedelta(days=1))

    answer = ask(now=FRIDAY_EVENING, revision="4f1c2d9")

    (reason,) = answer.reasons
    assert answer.decision == "wait"
    assert (reason.code, reason.until, reason.source) == (
        "freeze_active",
        MONDAY_SIX,
        "window Weekend freeze",
    )
    assert reason.message == (
        "production is frozen for refunds until Mon 23 Nov 06:00 CET: "
        "Weekend freeze (nobody is there to help over the weekend)."
    )
    assert reason.remedy == (
        "Plan it after Mon 23 Nov 06:00 CET, or answer an open incident with an emergency change."
    )
    assert (answer.next_allowed_at, answer.permit, answer.expires_at) == (MONDAY_SIX, "", None)
    assert timedelta(minutes=50) <= answer.retry_after <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("now", "word"),
    [
        (datetime(2026, 11, 20, 14, 59, 59, tzinfo=UTC), "allow"),
        (datetime(2026, 11, 20, 15, tzinfo=UTC), "wait"),
        (MONDAY_SIX - timedelta(seconds=1), "wait"),
        (MONDAY_SIX, "allow"),
    ],
)
def test_the_weekend_begins_at_four_on_friday_in_the_teams_zone(
    now: datetime, word: str, weekend: None
) -> None:
    change_at(State.SCHEDULED, planned_end_at=MONDAY_SIX + timedelta(days=1))

    assert ask(now=now, revision="4f1c2d9").decision == word


def test_a_friday_plan_that_ends_on_sunday_is_denied(weekend: None) -> None:
    change_at(State.SCHEDULED, planned_end_at=FRIDAY_EVENING + timedelta(days=1))

    answer = ask(now=FRIDAY_EVENING, revision="4f1c2d9")

    assert (answer.decision, codes(answer)) == ("deny", ["freeze_active"])
    assert (answer.next_allowed_at, answer.retry_after) == (None, None)


@pytest.mark.parametrize(("rollout", "word"), [("canary", "allow"), ("rolling", "wait")])
def test_a_standard_change_of_low_risk_passes_the_weekend_freeze(
    rollout: str, word: str, weekend: None
) -> None:
    template(rollout=rollout)
    change_at(State.SCHEDULED, kind=Kind.STANDARD, planned_end_at=MONDAY_SIX + timedelta(days=1))

    assert ask(now=FRIDAY_EVENING, revision="4f1c2d9").decision == word


def test_staging_is_open_at_the_weekend(weekend: None) -> None:
    staging = Environment.objects.get(slug="staging")
    change_at(State.SCHEDULED, environment=staging, planned_end_at=MONDAY_SIX)

    answer = ask(now=FRIDAY_EVENING, environment="staging", revision="4f1c2d9")

    assert answer.decision == "allow"


def test_an_emergency_passes_the_freeze_once_it_is_approved(weekend: None) -> None:
    change = file(kind=Kind.EMERGENCY, planned_end_at=MONDAY_SIX)
    say("submit", change, minutes=5)
    waiting = ask(now=FRIDAY_EVENING, revision="4f1c2d9")
    vote(change, by="oncall")

    approved = ask(now=FRIDAY_EVENING, revision="4f1c2d9")

    assert (waiting.decision, codes(waiting)) == ("wait", ["approvals_missing"])
    assert (approved.decision, approved.expires_at) == (
        "allow",
        FRIDAY_EVENING + timedelta(hours=1),
    )
