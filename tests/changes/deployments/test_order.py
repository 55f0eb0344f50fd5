"""What a report names, and when it comes: another deployment, before its start, said again."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from changes.models import Check, Deployment
from changes.states import State
from tests.changes.deployments.given import permit_for, refusal, report
from tests.living import at, change_at, fresh, verbs_of, written

NAMED = {
    "service": "refunds",
    "environment": "production",
    "revision": "4f1c2d9",
    "artifact": "sha256:good",
}
OTHER = {
    "service": "payments-api",
    "environment": "staging",
    "revision": "deadbeef",
    "artifact": "sha256:bad",
}


@pytest.mark.parametrize("by_permit", [True, False])
def test_a_report_that_names_another_deployment_than_was_approved_is_refused(
    by_permit: bool, settled: None
) -> None:
    change = change_at(State.SCHEDULED, artifact="sha256:good")
    what = {"permit": permit_for(change)} if by_permit else {"change": change.ref}

    for word, other in OTHER.items():
        assert refusal("started", **what, **{**NAMED, word: other}) == (f"{word}_mismatch",)
    assert refusal("started", **what, **OTHER) == tuple(f"{word}_mismatch" for word in OTHER)
    assert report("started", **what, **NAMED).status == "started"
    assert refusal("succeeded", **what, minutes=62, revision="deadbeef") == ("revision_mismatch",)


def test_what_neither_permit_nor_plan_says_is_not_compared(settled: None) -> None:
    change = change_at(State.SCHEDULED)

    kept = report("started", permit=permit_for(change), artifact="sha256:any")

    assert kept.status == "started"


@pytest.mark.parametrize("status", ["succeeded", "failed", "rolled_back"])
def test_what_was_not_started_with_a_permit_has_not_ended(status: str, settled: None) -> None:
    change = change_at(State.IMPLEMENTING)

    assert refusal(status, permit=permit_for(change, minutes=62), minutes=63) == (
        "deployment_not_started",
    )


@pytest.mark.parametrize("status", ["succeeded", "failed", "rolled_back"])
def test_how_a_permits_deployment_ended_is_kept_once(status: str, settled: None) -> None:
    change = change_at(State.SCHEDULED)
    permit = permit_for(change)
    report("started", permit=permit)
    first = report(status, permit=permit, minutes=62)
    before = written()

    again = report(status, permit=permit, minutes=64, detail="Said again.")

    assert (again, again.detail, written()) == (first, "", before)


def test_a_deployment_that_failed_and_then_succeeded_is_reported_in_that_order(
    settled: None,
) -> None:
    change = change_at(State.SCHEDULED)
    permit = permit_for(change)
    for status, minutes in (("started", 61), ("failed", 62), ("succeeded", 63), ("failed", 64)):
        report(status, permit=permit, minutes=minutes)

    kept = Deployment.objects.filter(change=change).values_list("status", flat=True)
    assert list(kept.order_by("id")) == ["started", "failed", "succeeded", "failed"]


def test_while_the_work_goes_on_a_new_permit_deploys_again(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    report("started", permit=permit_for(change))

    again = report("started", permit=permit_for(change, minutes=62), minutes=63)

    assert (again.status, fresh(change).state) == ("started", "implementing")


@pytest.mark.parametrize(
    ("status", "given", "told"),
    [
        ("started", {"at": at(54)}, "it was permitted or begun, at 2026-11-18 10:00:00 UTC"),
        ("succeeded", {"at": at(60.9)}, "the deployment was started, at 2026-11-18 10:01:00 UTC"),
    ],
)
def test_a_report_from_before_what_it_reports_is_a_wrong_field(
    status: str, given: dict[str, Any], told: str, settled: None
) -> None:
    change = change_at(State.SCHEDULED)
    permit = permit_for(change)
    if status != "started":
        report("started", permit=permit)
    before = written()

    with pytest.raises(ValidationError) as refused:
        report(status, permit=permit, minutes=63, **given)

    assert refused.value.message_dict == {"at": [f"This is before {told}. Check the clock."]}
    assert written() == before


def test_checks_come_along_with_their_evidence_or_nothing_is_kept(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    permit = permit_for(change)
    report("started", permit=permit)
    smoke = {"name": "smoke", "passed": True, "evidence": {"requests": 400, "rate": 1e16}}

    report("succeeded", permit=permit, minutes=62, checks=(smoke,))

    kept = Check.objects.get(name="smoke")
    assert (kept.passed, kept.evidence) == (True, {"requests": 400, "rate": 10**16})
    assert verbs_of(change.ref)[-4:] == [
        "change.finished",
        "change.check_reported",
        "change.check_reported",
        "deployment.succeeded",
    ]
    call_command("verify_ledger", verbosity=0)
    before = written()
    with pytest.raises(ValidationError):
        report("failed", permit=permit, minutes=63, checks=({"name": " ", "passed": True},))
    assert written() == before
