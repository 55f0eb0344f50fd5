"""The record of each answer, and what it costs."""

from uuid import RFC_4122, UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from changes import gate
from changes.gate import Question
from changes.models import GateAnswer
from changes.policies.reach import Reach
from changes.queries import NoSuchChange
from changes.queries.facts import NoSuchPlace
from changes.states import State
from ledger.decision import Refused
from tests.changes.gate.asking import FRIDAY_EVENING, SUBJECT, ask
from tests.living import (
    at,
    change_at,
    events_of,
    fresh,
    incident,
    person,
    verbs_of,
    window,
    written,
)


def test_every_answer_is_kept_with_its_event_in_one_transaction(weekend: None) -> None:
    change = change_at(State.SCHEDULED)
    asked = {"revision": "4f1c2d9", "pipeline_url": "https://ci.example.org/7", "run_id": "7"}

    allowed = ask(**asked)
    denied = ask(**asked, now=FRIDAY_EVENING)

    rows = {str(row.pk): row for row in GateAnswer.objects.all()}
    assert set(rows) == {allowed.id, denied.id}
    assert [
        (row.decision, row.change, row.revision, row.run_id, row.permit_expires_at, row.at)
        for row in (rows[allowed.id], rows[denied.id])
    ] == [
        ("allow", change.ref, "4f1c2d9", "7", at(120), at(60)),
        ("deny", change.ref, "4f1c2d9", "7", None, FRIDAY_EVENING),
    ]
    assert rows[denied.id].reasons == [reason.as_json() for reason in denied.reasons]
    assert verbs_of(SUBJECT) == ["gate.allowed", "gate.denied"]
    first, second = events_of(SUBJECT)
    assert first.about == ["service:refunds", "team:payments", change.ref]
    assert (first.actor, first.at) == ("ci", at(60))
    assert first.data == {
        "decision_id": allowed.id,
        "revision": "4f1c2d9",
        "artifact": "",
        "run_id": "7",
        "codes": [],
        "reasons": [],
        "permit_expires_at": "2026-11-18T11:00:00Z",
    }
    assert second.data["codes"] == ["outside_planned_period", "freeze_active"]
    assert allowed.permit not in str(first.data)


def test_ids_of_answers_are_uuids_in_the_order_of_time(settled: None) -> None:
    first, second = UUID(ask(minutes=60).id), UUID(ask(minutes=60.001).id)

    assert first < second
    assert (first.version, first.variant) == (7, RFC_4122)
    assert first.bytes[:6] == int(at(60).timestamp() * 1000).to_bytes(6)


def test_asking_does_not_move_the_change(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    before, edition = written(), fresh(change).edition

    ask(change=change.ref)

    assert (fresh(change).state, fresh(change).edition) == ("scheduled", edition)
    assert written() == {**before, "Event": before["Event"] + 1}


def test_an_auditor_is_refused_at_the_gate_and_nothing_is_written(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    before = written()

    with pytest.raises(Refused) as refused:
        ask(by="auditor", change=change.ref)

    assert refused.value.decision.codes == ("not_permitted",)
    assert (written(), GateAnswer.objects.count()) == (before, 0)


@pytest.mark.parametrize(
    "given", [{"service": "nowhere"}, {"environment": "moon"}, {"service": ""}]
)
def test_a_place_nobody_knows_is_no_answer(given: dict[str, str], settled: None) -> None:
    with pytest.raises(NoSuchPlace):
        ask(**given)

    assert GateAnswer.objects.count() == 0


def test_text_that_is_no_ref_is_no_answer(settled: None) -> None:
    with pytest.raises(NoSuchChange):
        ask(change="payments")

    assert GateAnswer.objects.count() == 0


def test_a_token_reaches_its_services_only(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    reach = Reach(services=frozenset({"payments-api"}))

    with pytest.raises(Refused) as refused:
        gate.ask(
            Question("refunds", "production", change=change.ref),
            actor=person("ci"),
            now=at(60),
            reach=reach,
        )

    assert refused.value.decision.codes == ("not_permitted",)


@pytest.mark.parametrize("state", [State.SCHEDULED, State.IMPLEMENTING, State.AWAITING_APPROVAL])
@pytest.mark.parametrize("how", ["change", "revision"])
def test_one_statement_gathers_the_facts_and_one_keeps_the_answer(
    state: State, how: str, settled: None
) -> None:
    change = change_at(state, risk="high")
    for number in range(3):
        window(f"Past {number}", ends=1)
        incident(severity=3)
    question = {"change": change.ref} if how == "change" else {"revision": "4f1c2d9"}
    ask(**question)
    robot = person("ci")

    with CaptureQueriesContext(connection) as asked:
        gate.ask(Question("refunds", "production", **question), actor=robot, now=at(61))

    words = [query["sql"].split()[0] for query in asked.captured_queries]
    assert len([word for word in words if word not in ("SAVEPOINT", "RELEASE")]) == 2
