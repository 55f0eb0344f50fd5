"""What CI reports about a deployment moves its change, and a permit starts one deployment."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from catalog.models import Environment
from changes import deployments
from changes.deployments import Report
from changes.models import Check
from changes.policies.reach import Reach
from changes.queries import NoSuchChange, row_digest
from changes.states import State
from ledger.decision import Refused
from tests.changes.deployments.given import permit_for, refusal, report
from tests.changes.lifecycle.editing import edit
from tests.changes.lifecycle.telling import rows_beside
from tests.living import (
    at,
    change_at,
    events_of,
    fresh,
    incident,
    person,
    say,
    verbs_of,
    vote,
    window,
    written,
)


def test_a_started_deployment_starts_its_change_and_uses_the_permit_up(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    permit = permit_for(change)

    kept = report("started", permit=permit, detail="Run 7")

    after = fresh(change)
    assert (after.state, after.started_at, after.started_by) == (
        "implementing",
        at(61),
        person("ci"),
    )
    assert (kept.change, kept.status, kept.at, kept.reported_by) == (
        after,
        "started",
        at(61),
        person("ci"),
    )
    assert verbs_of(change.ref)[-2:] == ["change.started", "deployment.started"]
    event = events_of(change.ref)[-1]
    assert event.data == {
        "title": "Retry refunds",
        "state": "implementing",
        "status": "started",
        "at": "2026-11-18T10:01:00Z",
        "detail": "Run 7",
        "permit": kept.permit_id,
        **rows_beside(change, kept),
        "row_digest": row_digest(after),
    }
    assert refusal("started", permit=permit, minutes=62) == ("permit_used",)


@pytest.mark.parametrize(("status", "passed"), [("succeeded", True), ("failed", False)])
def test_a_deployment_that_ended_finishes_its_change_with_a_check(
    status: str, passed: bool, settled: None
) -> None:
    change = change_at(State.IMPLEMENTING)

    report(status, change=change.ref, minutes=80, detail="All pods are new.")

    assert (fresh(change).state, fresh(change).finished_at) == ("validating", at(80))
    assert [(check.name, check.passed, check.detail) for check in Check.objects.all()] == [
        ("deployment", passed, "All pods are new.")
    ]
    assert verbs_of(change.ref)[-3:] == [
        "change.finished",
        "change.check_reported",
        f"deployment.{status}",
    ]


def test_a_deployment_rolled_back_rolls_its_change_back(settled: None) -> None:
    change = change_at(State.IMPLEMENTING)

    report("rolled_back", change=change.ref, minutes=80)

    after = fresh(change)
    assert (after.state, after.rolled_back_at) == ("validating", at(80))
    assert events_of(change.ref)[-2].data["note"] == "Rolled back by CI."


def test_success_after_failure_mends_the_check(settled: None) -> None:
    change = change_at(State.IMPLEMENTING)
    report("failed", change=change.ref, minutes=80)
    report("succeeded", change=change.ref, minutes=85)

    say("close", change, minutes=120, outcome="successful", note="At the second try.")

    assert fresh(change).state == "closed"


def test_an_expired_permit_starts_nothing_and_still_says_whose_deployment_ended(
    settled: None,
) -> None:
    change = change_at(State.SCHEDULED)
    permit, late = permit_for(change), permit_for(change)
    report("started", permit=permit)

    kept = report("succeeded", permit=permit, minutes=170)

    assert (kept.change.pk, fresh(change).state) == (change.pk, "validating")
    assert refusal("started", permit=late, minutes=121) == ("permit_expired",)


def test_text_that_is_no_permit_reports_nothing(settled: None) -> None:
    change_at(State.SCHEDULED)

    assert refusal("started", permit="a.b.c") == ("permit_invalid",)
    assert refusal("succeeded", permit="a.b.c") == ("permit_invalid",)


@pytest.mark.parametrize(
    ("stops", "code"),
    [
        (lambda change: window("Month end", starts=60), "freeze_active"),
        (lambda change: say("hold", change, minutes=60, reason="Wait."), "on_hold"),
        (lambda change: incident(severity=1), "incident_open"),
    ],
)
def test_starting_asks_every_rule_again_whatever_the_permit_says(
    stops: Any, code: str, settled: None
) -> None:
    change = change_at(State.SCHEDULED)
    permit = permit_for(change)
    stops(change)

    assert refusal("started", permit=permit) == (code,)


@pytest.mark.parametrize(
    ("stops", "code"),
    [
        (lambda: window("Month end", starts=60, in_flight="stop"), "freeze_active"),
        (lambda: incident(severity=1), "incident_open"),
    ],
)
def test_a_second_deployment_of_a_running_change_asks_every_rule_again(
    stops: Any, code: str, settled: None
) -> None:
    change = change_at(State.IMPLEMENTING)
    permit = permit_for(change)
    other = permit_for(change, minutes=61)

    report("started", permit=permit, minutes=62)
    stops()

    assert refusal("started", permit=other, minutes=63) == (code,)
    assert refusal("started", change=change.ref, minutes=63) == (code,)
    assert verbs_of(change.ref).count("change.started") == 1


@pytest.mark.parametrize("by", ["stranger", "auditor"])
@pytest.mark.parametrize("state", [State.SCHEDULED, State.IMPLEMENTING])
def test_deployments_are_reported_by_ci_and_the_team(by: str, state: State, settled: None) -> None:
    change = change_at(state)

    codes = refusal("started", change=change.ref, by=by)

    assert set(codes) == {"not_permitted"}


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        ({"revision": "deadbeef"}, "revision_mismatch"),
        ({"artifact": "sha256:other"}, "revision_mismatch"),
        ({"environment": "staging"}, "no_change"),
    ],
)
def test_a_permit_for_another_plan_starts_nothing(
    plan: dict[str, Any], code: str, settled: None
) -> None:
    change = change_at(State.SCHEDULED, artifact="sha256:good")
    permit = permit_for(change)
    if "environment" in plan:
        plan = {"environment": Environment.objects.get(slug="staging")}
    edit(change, minutes=60.1, **plan)
    say("submit", change, minutes=60.2)
    vote(change, by="peer", minutes=60.3)

    assert refusal("started", permit=permit) == (code,)
    assert fresh(change).state == "scheduled"


def test_a_change_is_named_by_its_ref_where_there_is_no_permit(settled: None) -> None:
    change = change_at(State.SCHEDULED)

    kept = report("started", change=change.ref)

    assert (kept.permit_id, fresh(change).state) == ("", "implementing")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("succeeded", State.SCHEDULED),
        ("failed", State.PLANNING),
        ("rolled_back", State.SCHEDULED),
        ("started", State.VALIDATING),
        ("succeeded", State.CLOSED),
    ],
)
def test_a_report_that_does_not_fit_the_state_is_refused(
    status: str, state: State, settled: None
) -> None:
    change = change_at(state)

    assert "wrong_state" in refusal(status, change=change.ref, minutes=130)


def test_a_report_from_the_future_is_a_wrong_field(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    before = written()

    with pytest.raises(ValidationError) as refused:
        report("started", change=change.ref, at=at(61) + timedelta(minutes=5, seconds=1))
    report("started", change=change.ref, at=at(61) + timedelta(minutes=5))

    assert refused.value.message_dict == {"at": ["This time lies ahead: report what has happened."]}
    assert written()["Deployment"] == before["Deployment"] + 1


def test_a_status_nobody_knows_is_a_wrong_field(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    before = written()

    with pytest.raises(ValidationError) as refused:
        report("paused", change=change.ref)

    assert refused.value.message_dict == {
        "status": [
            "“paused” is no status of a deployment. Use one of: started, step, succeeded, "
            "failed, rolled_back."
        ]
    }
    assert written() == before


@pytest.mark.parametrize("ref", ["", "CHG-999999", "payments"])
def test_a_report_on_no_change_is_not_found(ref: str, settled: None) -> None:
    with pytest.raises(NoSuchChange):
        report("started", change=ref)


def test_a_token_reports_within_its_reach_only(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    told = Report(status="started", at=at(61), change=change.ref)

    with pytest.raises(Refused) as refused:
        deployments.report(
            told, actor=person("ci"), now=at(61), reach=Reach(teams=frozenset({"platform"}))
        )

    assert refused.value.decision.codes == ("not_permitted",)
    assert fresh(change).state == "scheduled"
