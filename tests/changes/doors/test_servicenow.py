"""ServiceNow's DevOps actions at our door: runs that ask for their change, wait, and go on."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.models import Service
from changes import approvals, lifecycle
from changes.models import Change, Deployment, DoorRun, GateAnswer, Window
from ledger.models import Event
from tests.changes.api import world
from tests.changes.doors.knocking import mapping, template, token
from tests.changes.doors.replaying import (
    CONTROL,
    CONTROL_BASIC,
    INFO,
    STATUS,
    STATUS_BASIC,
    asked,
    replay,
    status,
)

pytestmark = pytest.mark.usefixtures("organisation")


def approve(ref: str) -> None:
    for name in ("peer", "owner"):
        if Change.objects.get().state == "awaiting_approval":
            approvals.vote(
                ref=ref,
                decision="approve",
                comment="",
                actor=world.user(name),
                now=datetime.now(UTC),
            )


@pytest.mark.parametrize(
    ("control", "poll"), [(CONTROL, STATUS), (CONTROL_BASIC, STATUS_BASIC)], ids=["token", "basic"]
)
def test_a_normal_change_is_waited_for_until_its_votes_are_in(control, poll):
    mapping("servicenow", "acme/shop", "Deploy to production")
    secret = token()

    created = replay(control, secret)
    waits = replay(poll, secret)

    ref = created.json()["result"]["number"]
    assert created.json()["result"]["status"] == "Success"
    assert created.json()["result"]["message"] == (
        f"{ref} is filed for this run.\nNot read: risk, impact."
    )
    change = Change.objects.get()
    assert (change.title, change.rollback_plan, change.monitoring_plan, change.revision) == (
        "Ship it",
        "Roll back.",
        "Watch refunds.",
        "4f1c2d9",
    )
    told = waits.json()["result"]["details"]
    assert (waits.status_code, told["status"], told["number"], len(told["sys_id"])) == (
        201,
        "pending_decision",
        ref,
        32,
    )
    approve(ref)
    goes = replay(poll, secret)
    assert (goes.status_code, goes.json()["result"]["details"]["status"]) == (200, "approved")
    assert world.said(ref)[-3:] == ["change.approved", "change.started", "deployment.started"]
    assert list(GateAnswer.objects.order_by("at").values_list("decision", "run_id", "attempt")) == [
        ("wait", "8123", 1),
        ("allow", "8123", 1),
    ]


def test_a_mapped_template_opens_a_standard_change_that_goes_at_once():
    mapping("servicenow", "tool-1", template=template())

    secret, told = asked()

    change = Change.objects.get()
    assert (change.kind, change.template, change.title) == ("standard", template(), "Ship it")
    assert status(secret) == (
        200,
        "approved",
        f"{told['number']} is approved, and may be deployed now.",
    )
    assert Deployment.objects.get().detail == (
        "ServiceNow DevOps run 8123, attempt 1 of acme/shop/Deploy shop, Deploy to production"
    )


def test_asking_again_and_being_told_yes_again_writes_one_run_and_starts_one_deployment():
    mapping("servicenow", "acme/shop", template=template())
    secret, first = asked()

    _, again = asked(secret)
    answers = [status(secret)[0] for _ in range(3)]

    assert again["number"] == first["number"]
    assert answers == [200, 200, 200]
    assert (Change.objects.count(), DoorRun.objects.count(), Deployment.objects.count()) == (
        1,
        1,
        1,
    )
    (event,) = Event.objects.filter(subject=first["number"], verb="run.asked")
    assert event.data["note"].startswith("ServiceNow DevOps run 8123, attempt 1 of")


def test_another_attempt_of_a_run_waits_for_the_same_change_until_that_is_over():
    mapping("servicenow", "acme/shop")
    secret, first = asked()

    _, second = asked(secret, attemptNumber="2")
    lifecycle.cancel(
        ref=first["number"], reason="Not now.", actor=world.user("engineer"), now=datetime.now(UTC)
    )
    _, third = asked(secret, attemptNumber="3")

    assert second["number"] == first["number"] != third["number"]
    assert DoorRun.objects.count() == 3


def test_an_attempt_after_one_that_failed_deploys_the_same_change_again():
    mapping("servicenow", "acme/shop", template=template())
    secret, first = asked()
    assert status(secret)[0] == 200
    failed = {"state": "3", "close_code": "unsuccessful", "close_notes": "It broke."}
    path = INFO["path"].replace("CHG-1", first["number"])
    assert replay({**INFO, "path": path, "body": failed}, secret).status_code == 200

    _, second = asked(secret, attemptNumber="2")
    poll = {**STATUS, "path": STATUS["path"].replace("attemptNumber=1", "attemptNumber=2")}
    goes = replay(poll, secret)

    assert second["number"] == first["number"]
    assert (goes.status_code, goes.json()["result"]["details"]["status"]) == (200, "approved")
    assert Change.objects.get().state == "implementing"
    reports = Deployment.objects.order_by("pk").values_list("status", flat=True)
    assert list(reports) == ["started", "failed", "started"]


def test_a_change_somebody_filed_for_the_revision_is_the_one():
    ref = world.scheduled(service="refunds")
    mapping("servicenow", "acme/shop")

    secret, told = asked()

    assert told["number"] == ref
    assert status(secret)[0] == 200


@pytest.mark.parametrize(
    ("row", "service"),
    [
        (("acme/shop/Deploy shop", "Deploy to production"), "refunds"),
        (("acme/shop", "Deploy to production"), "refunds"),
        (("ACME/Shop", ""), "refunds"),
        (("tool-1", ""), "refunds"),
    ],
)
def test_the_most_exact_mapping_counts(row, service):
    mapping("servicenow", "other/shop", service="search")
    mapping("servicenow", *row, service=service)

    asked()

    assert Change.objects.get().service == Service.objects.get(slug=service)


def test_an_incomplete_plan_fails_the_job_with_what_is_missing():
    mapping("servicenow", "acme/shop")

    secret, told = asked(changeRequestDetails={})

    assert Change.objects.get().state == "planning"
    assert "It is not submitted for approval yet:\nThe plan lacks" in told["message"]
    code, word, why = status(secret)
    assert (code, word) == (201, "failed")
    assert f"{told['number']} may not be deployed:\nThe plan lacks its implementation plan" in why
    assert "There is no rollback plan. Edit" in why


def freeze() -> None:
    now = datetime.now(UTC)
    Window.objects.create(
        name="Sale", reason="the sale", starts_at=now, ends_at=now + timedelta(hours=2)
    )


def reject(ref: str) -> None:
    approvals.vote(
        ref=ref,
        decision="reject",
        comment="Not on a Friday.",
        actor=world.user("peer"),
        now=datetime.now(UTC),
    )


def cancel(ref: str) -> None:
    lifecycle.cancel(
        ref=ref, reason="Not now.", actor=world.user("engineer"), now=datetime.now(UTC)
    )


def revise(ref: str) -> None:
    lifecycle.revise(ref=ref, actor=world.user("engineer"), now=datetime.now(UTC))


def hold(ref: str) -> None:
    lifecycle.hold(ref=ref, reason="Wait.", actor=world.user("engineer"), now=datetime.now(UTC))


@pytest.mark.parametrize(
    ("what", "word", "why"),
    [
        (reject, "rejected", "was rejected:\npeer rejected it: Not on a Friday. Revise"),
        (cancel, "canceled_by_user", "was cancelled:\nNot now. Run the job again"),
        (revise, "failed", "complete, and nobody has submitted it. Submit it"),
        (hold, "failed", "on hold"),
    ],
)
def test_what_no_waiting_mends_ends_the_job_with_its_reason(what, word: str, why: str):
    mapping("servicenow", "acme/shop")
    secret, told = asked()

    what(told["number"])

    code, said, details = status(secret)
    assert (code, said) == (201, word)
    assert why in details


def test_a_freeze_keeps_an_approved_change_waiting_with_its_words():
    mapping("servicenow", "acme/shop", template=template())
    secret, _ = asked()
    freeze()

    code, word, why = status(secret)

    assert (code, word) == (201, "pending_decision")
    assert "Sale (the sale)" in why
    assert not Deployment.objects.exists()


def test_where_approval_does_not_start_the_change_it_stays_scheduled():
    mapping("servicenow", "acme/shop", template=template(), starts_change=False)
    secret, _ = asked()

    assert status(secret)[0] == 200
    assert Change.objects.get().state == "scheduled"


def test_a_place_that_is_mapped_elsewhere_meanwhile_is_not_covered():
    row = mapping("servicenow", "acme/shop", template=template())
    secret, _ = asked()
    row.service = Service.objects.get(slug="search")
    row.save()

    code, word, why = status(secret)

    assert (code, word) == (201, "failed")
    assert "was approved for the service refunds, not for search" in why


@pytest.mark.parametrize(
    ("told", "state", "passed"),
    [
        ({"state": "3", "close_code": "successful"}, "validating", True),
        ({"state": "Review", "close_code": "unsuccessful"}, "validating", False),
    ],
)
def test_the_update_action_tells_that_the_work_is_over(told, state, passed):
    mapping("servicenow", "acme/shop", template=template())
    secret, first = asked()
    status(secret)
    path = INFO["path"].replace("CHG-1", first["number"])

    answer = replay(
        {**INFO, "path": path, "body": {"close_notes": "It works.", "assigned_to": "x", **told}},
        secret,
    )

    assert answer.status_code == 200, answer.content
    assert answer.json()["result"] == {
        "status": "SUCCESS",
        "message": f"{first['number']} is validating now. Not read: assigned_to.",
    }
    change = Change.objects.get()
    assert change.state == state
    assert [(one.name, one.passed) for one in change.checks.all()] == [("deployment", passed)]
