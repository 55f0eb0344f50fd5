"""Two at once, each with a connection: one winner, a clean refusal for the other, a whole chain."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import close_old_connections, connection

from catalog.models import Environment
from changes import approvals, deployments, gate, lifecycle
from changes.models import Change, Deployment, GateAnswer, PlanVersion, QueuePlace, Vote
from changes.states import State
from config.recorded_rows import ROWS
from ledger import verify
from ledger.decision import Refused
from ledger.models import Delivery, Event
from tests import living
from tests.living import at, change_at, fresh, person, service, verbs_of, vote

pytestmark = pytest.mark.django_db(transaction=True)
Attempt = Callable[[], Any]


@pytest.fixture(autouse=True)
def settled_for_all(transactional_db: None) -> Iterator[None]:
    """The catalogue, committed, so that other connections see it; afterwards nothing is broken."""
    living.settle()
    yield
    seen = verify.Seen(lambda progress: None)
    assert list(verify.faults(rows=ROWS, seen=seen)) == []


def at_once(*attempts: Attempt) -> list[tuple[str, ...] | None]:
    """Run every attempt at the same instant; for each, None when done, else the refusal's codes."""
    together = Barrier(len(attempts))

    def run(attempt: Attempt) -> tuple[str, ...] | None:
        close_old_connections()
        try:
            connection.ensure_connection()
            together.wait(timeout=10)
            attempt()
        except Refused as refused:
            return refused.decision.codes
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(run, attempts))


def doing(verb: str, change: Change, *, by: str = "engineer", **given: Any) -> Attempt:
    actor = person(by)
    return lambda: getattr(lifecycle, verb)(ref=change.ref, actor=actor, now=at(60), **given)


def voting(change: Change, *, by: str, decision: str = "approve") -> Attempt:
    actor = person(by)
    return lambda: approvals.vote(
        ref=change.ref, decision=decision, comment="So.", actor=actor, now=at(60)
    )


def test_of_two_who_start_one_starts() -> None:
    change = change_at(State.SCHEDULED)

    ends = at_once(doing("start", change), doing("start", change, by="peer-2"))

    assert sorted(ends, key=str) == [("wrong_state",), None]
    assert verbs_of(change.ref).count("change.started") == 1
    assert fresh(change).started_by.username == ("engineer" if ends[0] is None else "peer-2")


def test_one_person_at_two_desks_votes_once() -> None:
    change = change_at(State.AWAITING_APPROVAL, risk="medium")

    ends = at_once(voting(change, by="peer"), voting(change, by="peer"))

    assert sorted(ends, key=str) == [("already_voted",), None]
    assert Vote.objects.count() == 1


def test_the_last_two_votes_at_once_schedule_the_change_once() -> None:
    change = change_at(State.AWAITING_APPROVAL, risk="high")
    vote(change, by="peer")
    vote(change, by="owner")

    ends = at_once(voting(change, by="cab-1"), voting(change, by="cab-2"))

    assert ends == [None, None]
    assert fresh(change).state == "scheduled"
    assert verbs_of(change.ref)[-3:] == ["vote.cast", "vote.cast", "change.approved"]


def test_an_approval_and_a_rejection_at_once_leave_one_answer() -> None:
    change = change_at(State.AWAITING_APPROVAL)

    ends = at_once(voting(change, by="peer"), voting(change, by="peer-2", decision="reject"))

    state, last = fresh(change).state, verbs_of(change.ref)[-1]
    assert (state, last) == (
        ("scheduled", "change.approved") if ends[0] is None else ("planning", "change.rejected")
    )
    assert [end for end in ends if end is not None] == [("wrong_state",)]
    assert Vote.objects.count() == 1


def test_of_two_edits_of_one_edition_one_is_kept() -> None:
    change = change_at(State.PLANNING)
    edits = [
        doing("edit", change, by=by, edition=1, fields={"test_plan": by})
        for by in ("engineer", "peer")
    ]

    ends = at_once(*edits)

    winner = "engineer" if ends[0] is None else "peer"
    assert sorted(ends, key=str) == [("edited_meanwhile",), None]
    assert (fresh(change).test_plan, fresh(change).edition) == (winner, 2)
    assert PlanVersion.objects.filter(change=change).count() == 2


def test_no_vote_approves_a_plan_that_is_edited_at_once() -> None:
    change = change_at(State.AWAITING_APPROVAL)

    ends = at_once(
        voting(change, by="peer"),
        doing("edit", change, by="peer-2", fields={"test_plan": "Another."}),
    )

    after = fresh(change)
    assert ends[1] is None
    assert ends[0] in (None, ("wrong_state",))
    assert (after.state, after.plan_version) == ("planning", 2)
    assert [
        cast.plan_digest for cast in Vote.objects.all() if cast.plan_digest == after.plan_digest
    ] == []


def test_closing_and_rolling_back_at_once_leave_one_truth() -> None:
    change = change_at(State.VALIDATING)

    ends = at_once(
        doing("close", change, outcome="successful", note="Well."),
        doing("roll_back", change, by="peer-2", note="Back."),
    )

    after = fresh(change)
    if ends[0] is None:
        assert (ends[1], after.state, after.rolled_back_at) == (("wrong_state",), "closed", None)
    else:
        assert (ends, after.state) == (
            [("outcome_required", "review_required"), None],
            "validating",
        )
        assert after.rolled_back_at == at(60)


def test_starting_and_cancelling_at_once_leave_one_truth() -> None:
    change = change_at(State.SCHEDULED)

    ends = at_once(
        doing("start", change), doing("cancel", change, by="manager", reason="Not needed.")
    )

    assert sorted(ends, key=str) == [("wrong_state",), None]
    assert fresh(change).state == ("implementing" if ends[0] is None else "cancelled")


def test_many_verbs_at_once_leave_an_unbroken_chain() -> None:
    change = change_at(State.IMPLEMENTING)
    reports = [
        doing("report_check", change, by="ci", name=f"check {number}", passed=True)
        for number in range(8)
    ]

    ends = at_once(*reports)

    events = list(Event.objects.filter(subject=change.ref).order_by("position"))
    assert ends == [None] * 8
    assert [event.position for event in events] == list(range(1, len(events) + 1))


def test_of_two_deployments_with_one_permit_one_starts() -> None:
    change = change_at(State.SCHEDULED)
    question = gate.Question("refunds", "production", change=change.ref)
    permit = gate.ask(question, actor=person("ci"), now=at(60)).permit
    robot = person("ci")
    report = deployments.Report(status="started", at=at(61), permit=permit)

    ends = at_once(*[lambda: deployments.report(report, actor=robot, now=at(61))] * 2)

    assert sorted(ends, key=str) == [("permit_used",), None]
    assert Deployment.objects.count() == 1
    assert verbs_of(change.ref)[-2:] == ["change.started", "deployment.started"]


def test_two_pipelines_that_open_a_change_for_one_revision_share_it() -> None:
    living.template(required_checks=[])
    question = gate.Question(
        "refunds", "production", revision="abc", open_template="restart-service"
    )
    robot = person("ci")
    answers: list[gate.Answer] = []

    ends = at_once(*[lambda: answers.append(gate.ask(question, actor=robot, now=at(60)))] * 2)

    assert ends == [None, None]
    assert {answer.decision for answer in answers} == {"allow"}
    assert len({answer.change for answer in answers}) == 1
    assert (Change.objects.count(), GateAnswer.objects.count()) == (1, 2)


def test_the_first_two_permits_at_once_share_one_key() -> None:
    change = change_at(State.SCHEDULED)
    question = gate.Question("refunds", "production", change=change.ref)
    robot = person("ci")
    answers: list[gate.Answer] = []

    ends = at_once(*[lambda: answers.append(gate.ask(question, actor=robot, now=at(60)))] * 4)

    assert ends == [None] * 4
    assert {answer.decision for answer in answers} == {"allow"}
    assert service().slug == "refunds"


def test_of_two_changes_scheduled_at_once_in_one_place_one_gets_it() -> None:
    living.one_at_a_time()
    both = [change_at(State.AWAITING_APPROVAL) for _ in range(2)]

    ends = at_once(*[voting(change, by="peer") for change in both])

    assert sorted(ends, key=str) == [("conflict",), None]
    assert sorted(fresh(change).state for change in both) == ["awaiting_approval", "scheduled"]
    assert Vote.objects.count() == 1


def test_of_two_that_start_at_once_in_one_place_one_starts() -> None:
    both = [change_at(State.SCHEDULED) for _ in range(2)]
    living.one_at_a_time()

    ends = at_once(*[doing("start", change) for change in both])

    assert sorted(ends, key=str) == [("conflict",), None]
    assert sorted(fresh(change).state for change in both) == ["implementing", "scheduled"]


def test_no_more_start_at_once_than_an_environment_has_room_for() -> None:
    Environment.objects.filter(slug="production").update(max_running=2)
    several = [change_at(State.SCHEDULED) for _ in range(5)]

    ends = at_once(*[doing("start", change) for change in several])

    assert sorted(ends, key=str) == [("environment_busy",)] * 3 + [None, None]
    assert Change.objects.filter(state="implementing").count() == 2


def test_of_many_who_ask_at_once_as_many_are_let_through_as_there_is_room_for() -> None:
    Environment.objects.filter(slug="production").update(max_running=2)
    several = [change_at(State.SCHEDULED) for _ in range(6)]
    robot = person("ci")
    answers: list[gate.Answer] = []

    def asking(change: Change) -> Attempt:
        question = gate.Question("refunds", "production", change=change.ref)
        return lambda: answers.append(gate.ask(question, actor=robot, now=at(60)))

    ends = at_once(*[asking(change) for change in several])

    assert ends == [None] * 6
    assert sorted(answer.decision for answer in answers) == ["allow"] * 2 + ["wait"] * 4
    places = [answer.place.number for answer in answers if answer.place]
    assert sorted(places) == [1, 2, 3, 4]
    turns = {answer.place.id: answer.place.number for answer in answers if answer.place}
    assert [turns[key] for key in sorted(turns)] == [1, 2, 3, 4]


def test_two_workers_at_once_call_each_caller_once_and_no_more_than_there_is_room() -> None:
    Environment.objects.filter(slug="production").update(max_running=1)
    living.window("Audit", starts=0, ends=100)
    robot = person("ci")
    for change in [change_at(State.SCHEDULED) for _ in range(3)]:
        question = gate.Question(
            "refunds", "production", change=change.ref, callback_url="https://ci.example.org/x"
        )
        gate.ask(question, actor=robot, now=at(90))

    at_once(*[lambda: gate.advance(now=at(101), limit=50)] * 3)

    first = QueuePlace.objects.order_by("id").first()
    assert [row.event.data["place"] for row in Delivery.objects.all()] == [first.pk]
