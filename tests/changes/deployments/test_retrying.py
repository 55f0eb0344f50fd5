"""A deployment that failed is tried again as the same change, with a new permit."""

from typing import Any

import pytest

from catalog.models import Environment
from changes.models import Change, Check, Deployment
from changes.queries import kept_reservations, permits, row_digest
from changes.states import Kind, State
from ledger.decision import Refused
from tests.changes.deployments.given import permit_for, refusal, report
from tests.changes.gate.asking import ask, codes
from tests.changes.lifecycle.telling import rows_beside
from tests.living import (
    approve,
    at,
    change_at,
    events_of,
    fresh,
    one_at_a_time,
    say,
    verbs_of,
    window,
)

pytestmark = pytest.mark.usefixtures("settled")


def failed(**given: Any) -> Change:
    """A change whose first deployment failed at 80 minutes; a smoke test had passed."""
    change = change_at(State.SCHEDULED, **given)
    permit = permit_for(change)
    report("started", permit=permit)
    say("report_check", change, minutes=70, name="smoke", passed=True)
    report("failed", permit=permit, minutes=80, detail="The image was gone.")
    return fresh(change)


def test_the_same_pipeline_run_again_deploys_the_same_change():
    change = failed(required_checks=["smoke"])

    answer = ask(change=change.ref, run_id="7", minutes=85)
    kept = report("started", permit=answer.permit, minutes=86)

    after = fresh(change)
    assert (after.state, after.started_at, after.finished_at) == ("implementing", at(61), None)
    retried, deployed = events_of(change.ref)[-2:]
    lapsed = Check.objects.latest("pk")
    assert (retried.verb, deployed.verb) == ("change.retried", "deployment.started")
    assert retried.data == {
        "title": "Retry refunds",
        "state": "implementing",
        "from": "validating",
        "to": "implementing",
        "checks_lapsed": ["smoke"],
        **rows_beside(change, lapsed),
        "row_digest": row_digest(after),
    }
    assert (kept.status, lapsed.name, lapsed.passed) == ("started", "smoke", False)
    assert refusal("started", permit=answer.permit, minutes=87) == ("permit_used",)

    report("succeeded", permit=answer.permit, minutes=90)
    with_old_evidence = {"outcome": "successful", "note": "At the second try."}
    with pytest.raises(Refused) as stale:
        say("close", change, minutes=95, **with_old_evidence)
    assert stale.value.decision.codes == ("check_failed",)
    say("report_check", change, minutes=96, name="smoke", passed=True)
    say("close", change, minutes=97, **with_old_evidence)
    assert fresh(change).state == "closed"
    assert [row.status for row in Deployment.objects.order_by("pk")] == [
        *("started", "failed", "started", "succeeded")
    ]


def test_a_failed_deployment_may_fail_again_and_is_tried_again():
    change = failed()

    for minutes in (85, 95):
        permit = permit_for(change, minutes=minutes)
        report("started", permit=permit, minutes=minutes)
        report("failed", permit=permit, minutes=minutes + 5)

    assert verbs_of(change.ref).count("change.retried") == 2
    assert fresh(change).state == "validating"


def test_what_stands_in_the_way_is_told_by_the_gate_and_refuses_the_permit():
    change = failed()
    permit = permit_for(change, minutes=85)
    window("Month end", starts=86, ends=100)

    answer = ask(change=change.ref, minutes=87)

    assert (answer.decision, codes(answer)) == ("wait", ["freeze_active"])
    assert answer.place is not None
    assert refusal("started", permit=permit, minutes=87) == ("freeze_active",)
    assert fresh(change).state == "validating"


def test_its_place_may_be_gone_and_is_taken_again_with_the_start():
    one_at_a_time()
    change = failed()
    other = change_at(State.AWAITING_APPROVAL)
    permit = permit_for(change, minutes=85)
    approve(other)

    assert codes(ask(change=change.ref, minutes=87)) == ["conflict"]
    assert refusal("started", permit=permit, minutes=87) == ("conflict",)
    say("start", other, minutes=88)
    say("finish", other, minutes=90)
    report("started", permit=permit, minutes=91)

    with pytest.raises(Refused) as taken:
        change_at(State.AWAITING_APPROVAL)
    assert taken.value.decision.codes == ("conflict",)
    assert list(kept_reservations.faults()) == []


def test_nobody_runs_beside_more_than_there_is_room_for():
    Environment.objects.update(max_running=1)
    change = failed()
    other = change_at(State.IMPLEMENTING, kind=Kind.STANDARD)

    answer = ask(change=change.ref, minutes=85)
    assert (answer.decision, codes(answer)) == ("wait", ["environment_busy"])
    say("finish", other, minutes=90)

    assert ask(change=change.ref, minutes=91).decision == "allow"


@pytest.mark.parametrize("status", ["rolled_back", "succeeded"])
def test_what_was_taken_back_or_went_well_is_not_started_again(status: str):
    change = failed()
    left = permit_for(change, minutes=81)
    report(status, change=change.ref, minutes=85)

    answer = ask(change=change.ref, minutes=86)

    assert (answer.decision, codes(answer)) == ("deny", ["wrong_state"])
    assert refusal("started", permit=left, minutes=86) == ("wrong_state",)
    assert [key for key, _ in permits.void(now=at(86))] != []


def test_a_permit_for_what_failed_is_not_listed_as_void():
    change = failed()
    permit_for(change, minutes=85)

    assert permits.void(now=at(86)) == []
    report("succeeded", change=change.ref, minutes=87)
    assert len(permits.void(now=at(88))) == 2
