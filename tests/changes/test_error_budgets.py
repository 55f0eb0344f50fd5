"""Error budgets as monitoring reports them, and what a spent one stops."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from changes import gate
from changes.states import Kind, State
from incidents import error_budgets
from incidents.error_budgets import Measure
from incidents.models import ErrorBudget
from ledger.decision import Refused
from tests.changes.api.world import caller
from tests.config.recorded import faults, sql
from tests.living import at, change_at, events_of, person, service

pytestmark = pytest.mark.usefixtures("settled")
BUDGET = "budget:refunds/availability"
WORDS = {"objective": "99.9 % of refunds succeed", "remaining_percent": 3.5}
PATH = "/services/refunds/error-budgets/availability"


def report(
    remaining: float, *, minutes: float = 60, name: str = "availability", by: str = "ci"
) -> ErrorBudget:
    measure = Measure(name, "99.9 % of refunds succeed", Decimal(str(remaining)), at(minutes))
    return error_budgets.report(
        measure, service=service(), actor=person(by), now=at(minutes) + timedelta(seconds=5)
    )


def asked(kind: Kind = Kind.NORMAL, *, minutes: float = 70) -> gate.Answer:
    change = change_at(State.SCHEDULED, kind=kind)
    question = gate.Question("refunds", "production", revision="4f1c2d9", change=change.ref)
    return gate.ask(question, actor=person("ci"), now=at(minutes))


def test_the_ledger_hears_when_a_budget_is_spent_and_when_it_recovers():
    for number, remaining in enumerate((20, 5, 0, -4, 1)):
        report(remaining, minutes=number)

    assert [one.verb.partition(".")[2] for one in events_of(BUDGET)] == [
        "reported",
        "reported",
        "spent",
        "reported",
        "recovered",
    ]
    assert (ErrorBudget.objects.get().remaining_percent, faults()) == (1, [])
    sql("UPDATE incidents_errorbudget SET remaining_percent = 99")
    assert [BUDGET in one for one in faults()] == [True]


def test_an_older_measure_changes_nothing():
    report(5, minutes=60)

    row = report(90, minutes=59)

    assert (row.remaining_percent, len(events_of(BUDGET))) == (5, 1)


def test_a_spent_budget_stops_normal_changes_and_says_which():
    report(50)
    report(0, name="latency")

    answer = asked()

    assert (answer.decision, [(one.code, one.message) for one in answer.reasons]) == (
        "deny",
        [
            (
                "error_budget_spent",
                "refunds has spent its error budget: 0 % of latency is left, measured "
                "Wed 18 Nov 11:00 CET.",
            )
        ],
    )


@pytest.mark.parametrize(
    ("remaining", "kind", "minutes", "decision"),
    [
        (0.01, Kind.NORMAL, 70, "allow"),
        (0, Kind.NORMAL, 70, "deny"),
        (-20, Kind.STANDARD, 70, "allow"),
    ],
)
def test_only_normal_changes_wait_and_only_for_a_spent_one(remaining, kind, minutes, decision):
    report(remaining)

    assert asked(kind, minutes=minutes).decision == decision


def test_a_measure_of_a_day_ago_counts_for_nothing():
    report(0, minutes=70 - 24 * 60)

    assert asked().decision == "allow"


@pytest.mark.parametrize("by", ["engineer", "owner", "oncall", "stranger", "auditor"])
def test_nobody_opens_their_own_way_by_reporting_a_full_one(by):
    report(0, minutes=10)

    with pytest.raises(Refused) as refused:
        report(100, by=by)

    assert refused.value.decision.codes == ("not_permitted",)
    assert ErrorBudget.objects.get().remaining_percent == 0


def test_what_lies_ahead_was_not_measured():
    measure = Measure("availability", "It answers", Decimal(9), at(100))

    with pytest.raises(ValidationError, match="lies ahead"):
        error_budgets.report(measure, service=service(), actor=person("ci"), now=at(60))


def test_monitoring_reports_and_everybody_reads_over_rest():
    put = caller("ci", "incidents:write").send("PUT", PATH, WORDS)

    told = put.json()
    assert (put.status_code, told["remaining_percent"], told["reported_by"]) == (200, 3.5, "ci")
    listed = caller("auditor", "changes:read").get("/services/refunds/error-budgets")
    assert listed.json() == [told]


@pytest.mark.parametrize(
    ("scope", "path", "words", "status"),
    [
        ("changes:read", PATH, {}, 403),
        ("incidents:write", PATH, {"remaining_percent": 100.5}, 422),
        ("incidents:write", PATH, {"remaining_percent": "NaN"}, 422),
        ("incidents:write", PATH, {"remaining_percent": None}, 422),
        ("incidents:write", PATH, {"objective": ""}, 422),
        ("incidents:write", PATH, {"source_url": "javascript:alert(1)"}, 422),
        ("incidents:write", PATH, {"measured_at": "2199-01-01T00:00:00Z"}, 422),
        ("incidents:write", "/services/nothing/error-budgets/availability", {}, 404),
    ],
)
def test_a_bad_report_is_refused_and_nothing_is_kept(
    scope: str, path: str, words: dict[str, Any], status: int
):
    answer = caller("ci", scope).send("PUT", path, WORDS | words)

    assert (answer.status_code, ErrorBudget.objects.count()) == (status, 0)


def test_a_token_of_another_team_reaches_no_budget():
    limited = caller("ci", "incidents:write", services=["payments-api"])

    assert limited.send("PUT", PATH, WORDS).status_code == 403
    assert ErrorBudget.objects.count() == 0
