"""Validation checks: what is kept of them, and what they stop."""

import pytest
from django.core.exceptions import ValidationError

from changes.models import Change, Check
from changes.states import State
from tests.changes.lifecycle.closing import close, refusal
from tests.changes.lifecycle.telling import KEPT, rows_beside, told
from tests.living import at, change_at, fresh, say, written


def report(change: Change, name: str, *, passed: bool, minutes: float = 95) -> Check:
    return say("report_check", change, by="ci", minutes=minutes, name=name, passed=passed)


def test_required_checks_must_have_passed_and_the_last_report_counts(settled: None) -> None:
    change = change_at(State.VALIDATING, required_checks=["smoke", "load"])

    none = refusal(change)
    report(change, " smoke ", passed=True)
    report(change, "load", passed=False)
    failed = refusal(change)
    report(change, "load", passed=True, minutes=96)
    close(change)

    assert (none, failed) == (("checks_missing",), ("check_failed",))
    assert fresh(change).state == "closed"
    assert [(check.name, check.passed) for check in Check.objects.order_by("id")] == [
        ("smoke", True),
        ("load", False),
        ("load", True),
    ]


def test_a_check_that_passed_and_fails_again_stops_success(settled: None) -> None:
    change = change_at(State.VALIDATING)
    report(change, "smoke", passed=True)
    report(change, "smoke", passed=False)

    assert refusal(change) == ("check_failed",)
    assert refusal(change, "failed") == ("review_required",)


def test_a_check_is_recorded_as_it_was_reported(settled: None) -> None:
    change = change_at(State.IMPLEMENTING)
    url = "https://ci.example.org/7"

    say(
        "report_check",
        change,
        by="ci",
        minutes=70,
        name="smoke",
        passed=False,
        detail="500",
        url=url,
    )

    assert told(change) == (
        "change.check_reported",
        "ci",
        at(70),
        {
            **KEPT,
            "state": "implementing",
            "name": "smoke",
            "passed": False,
            "detail": "500",
            "url": url,
            **rows_beside(change, change.checks.get()),
        },
    )


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "smoke", "url": "javascript:alert(1)"}, "url"),
    ],
)
def test_a_check_that_cannot_be_is_a_wrong_field(
    given: dict[str, str], field: str, settled: None
) -> None:
    change = change_at(State.VALIDATING)
    before = written()

    with pytest.raises(ValidationError) as refused:
        say("report_check", change, minutes=95, passed=True, **given)

    assert list(refused.value.message_dict) == [field]
    assert written() == before
