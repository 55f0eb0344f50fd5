"""Home: what waits for whom, what runs, what the gate refused, and what it costs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from changes import gate, lifecycle
from changes.models import Change, Window
from changes.states import Kind, State
from tests import living
from tests.living import at, change_at, file, person, say, vote

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
Browser = Callable[[str], Client]
PLANNED_LATER = {"planned_start_at": 300, "planned_end_at": 400}


@pytest.fixture
def waits(signed_in: Browser) -> Callable[[str], list[tuple[str, str, str]]]:
    """(ref, what, tone) of everything that waits for somebody."""

    def read(username: str) -> list[tuple[str, str, str]]:
        items = signed_in(username).get("/").context["waiting"]
        return [(item.ref, item.what, item.tone) for item in items]

    return read


Waits = Callable[[str], list[tuple[str, str, str]]]


def later(**given: Any) -> dict[str, Any]:
    """A plan that lies ahead of now, which is 110 minutes after nine."""
    return {name: at(minutes) for name, minutes in PLANNED_LATER.items()} | given


def test_a_vote_waits_for_those_who_can_cast_it(waits: Waits):
    change = change_at(State.AWAITING_APPROVAL, risk="medium", **later())

    assert waits("peer") == [(change.ref, "Your vote as a peer of the owner team", "wait")]
    assert waits("owner") == [
        (change.ref, "Your vote as a peer of the owner team or the service owner", "wait")
    ]
    for nobody in ("engineer", "cab-1", "stranger", "auditor"):
        assert waits(nobody) == []


def test_a_vote_others_have_cast_waits_for_nobody(waits: Waits):
    change = change_at(State.AWAITING_APPROVAL, risk="medium", **later())
    vote(change, by="peer")

    assert waits("peer") == []
    assert waits("peer-2") == []
    assert waits("owner") == [(change.ref, "Your vote as the service owner", "wait")]


def test_a_vote_that_comes_too_late_is_marked(waits: Waits):
    change = change_at(State.AWAITING_APPROVAL)

    assert waits("peer") == [(change.ref, "Your vote as a peer of the owner team", "stop")]


def test_a_vote_on_a_held_change_waits_for_nobody(waits: Waits):
    change = change_at(State.AWAITING_APPROVAL, **later())
    say("hold", change, minutes=20, reason="The vendor is down.")

    assert waits("peer") == []
    assert waits("engineer") == [(change.ref, "On hold: resume it, or cancel it", "wait")]


def test_a_broken_glass_owes_its_vote(waits: Waits):
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)
    say("break_glass", change, by="oncall", minutes=30, reason="Refunds are down.")

    assert waits("oncall") == [
        (change.ref, "Your vote as the emergency CAB, owed since the glass was broken", "wait")
    ]
    (item,) = [one for one in waits("cab-1") if one[0] == change.ref]
    assert item[1].startswith("Your vote as the emergency CAB")


def in_state(state: State) -> Change:
    return change_at(state, **later())


def test_my_drafts_and_what_was_rejected_wait_for_me(waits: Waits):
    draft = file(**later())
    rejected = change_at(State.AWAITING_APPROVAL, **later())
    vote(rejected, by="peer", decision="reject", comment="Too risky.")

    assert waits("engineer") == [
        (rejected.ref, "Rejected: change the plan and submit it again", "stop"),
        (draft.ref, "A draft: submit it", "plain"),
    ]
    assert waits("peer-2") == []


def test_what_was_submitted_again_is_no_longer_rejected(waits: Waits):
    change = change_at(State.AWAITING_APPROVAL, **later())
    vote(change, by="peer", decision="reject", comment="Too risky.")
    say("submit", change, minutes=20)

    assert waits("engineer") == []


@pytest.mark.parametrize(
    ("planned", "state", "what", "tone"),
    [
        ((60, 100), State.PLANNING, "A draft for a time that has passed", "wait"),
        ((60, 100), State.AWAITING_APPROVAL, "Not approved in time: plan it anew", "stop"),
        ((60, 100), State.SCHEDULED, "Never started: plan it anew, or cancel it", "stop"),
        ((60, 180), State.SCHEDULED, "Its planned time has come: start it", "wait"),
        (
            (60, 100),
            State.IMPLEMENTING,
            "Past its planned end: finish it, or roll it back",
            "stop",
        ),
        ((60, 180), State.VALIDATING, "Validated? Close it", "wait"),
    ],
)
def test_its_author_is_told_what_to_do_next(
    planned: tuple[int, int], state: State, what: str, tone: str, waits: Waits
):
    change = change_at(state, planned_start_at=at(planned[0]), planned_end_at=at(planned[1]))

    assert waits("engineer") == [(change.ref, what, tone)]
    assert waits("stranger") == []


@pytest.mark.parametrize("state", [State.AWAITING_APPROVAL, State.CLOSED, State.CANCELLED])
def test_what_waits_for_others_or_is_over_does_not_wait_for_its_author(state: State, waits: Waits):
    change_at(state, **({} if state is State.CLOSED else later()))

    assert waits("engineer") == []


def test_a_review_is_owed_after_a_rollback(waits: Waits):
    change = change_at(State.IMPLEMENTING)
    say("roll_back", change, minutes=70, note="Refunds failed.")

    assert waits("engineer") == [(change.ref, "Your review", "wait")]
    say("review", change, minutes=80, text="A queue ran full.")
    assert waits("engineer") == [(change.ref, "Validated? Close it", "wait")]


def test_what_a_robot_filed_is_its_teams_to_review_and_close(waits: Waits):
    change = change_at(State.VALIDATING, by="ci")
    team = [(change.ref, "Validated? Close it", "wait")]

    assert (waits("engineer"), waits("peer"), waits("stranger")) == (team, team, [])

    say("roll_back", change, by="ci", minutes=200, note="Back.")

    assert waits("engineer") == [(change.ref, "A review by your team", "wait")]


def test_the_gravest_comes_first_and_then_what_is_due_first(waits: Waits):
    draft = file(**later())
    second = change_at(State.SCHEDULED)
    late = change_at(State.SCHEDULED, planned_start_at=at(60), planned_end_at=at(100))

    assert [ref for ref, _, _ in waits("engineer")] == [late.ref, second.ref, draft.ref]


def test_many_drafts_push_out_nothing_that_is_graver(signed_in: Browser):
    late = change_at(State.SCHEDULED, planned_start_at=at(60), planned_end_at=at(100))
    draft = file(**later())
    Change.objects.bulk_create(_copies(draft, 45))

    context = signed_in("engineer").get("/").context

    assert context["waiting"][0].ref == late.ref
    assert (len(context["waiting"]), context["waiting_count"]) == (12, "40+")
    assert context["waiting_more"] is True


def _copies(change: Change, count: int) -> list[Change]:
    plain = {
        field.attname: getattr(change, field.attname)
        for field in Change._meta.concrete_fields
        if not field.primary_key
    }
    return [Change(**plain) for _ in range(count)]


def test_what_runs_is_drawn_against_its_planned_period(signed_in: Browser):
    late = change_at(State.IMPLEMENTING, planned_start_at=at(60), planned_end_at=at(100))
    fine = change_at(State.IMPLEMENTING)
    change_at(State.SCHEDULED)

    found = signed_in("stranger").get("/").context["in_flight"]

    assert [(one.ref, one.late) for one in found] == [(late.ref, True), (fine.ref, False)]
    for one in found:
        assert one.start == one.spent_from
        assert one.start < one.now
        assert abs(one.spent_from + one.spent - one.now) < 0.1
    assert found[0].start + found[0].width < found[0].now < found[1].start + found[1].width


def test_the_gates_latest_refusals_are_told_with_their_top_reason(signed_in: Browser):
    question = gate.Question(service="refunds", environment="production", revision="unknown")
    for _ in range(6):
        gate.ask(question, actor=person("ci"), now=timezone.now())

    found = signed_in("stranger").get("/").context["refusals"]

    assert len(found) == 5
    assert found[0]["decision"] == "deny"
    assert found[0]["message"] == (
        "No open change covers refunds in production for revision unknown."
    )


def test_answers_of_last_month_are_not_the_latest(signed_in: Browser):
    question = gate.Question(service="refunds", environment="production", revision="unknown")
    gate.ask(question, actor=person("ci"), now=timezone.now() - timedelta(days=8))

    assert signed_in("stranger").get("/").context["refusals"] == []


def test_open_incidents_are_told_worst_first(signed_in: Browser):
    lesser, worst = living.incident(3), living.incident(1)

    html = signed_in("stranger").get("/").content.decode()

    assert html.index(f"/incidents/{worst.ref}") < html.rindex(f"/incidents/{lesser.ref}")


def test_an_empty_home_says_what_will_stand_there(signed_in: Browser):
    Window.objects.all().delete()

    html = signed_in("stranger").get("/").content.decode()

    for words in (
        "Nothing waits for you.",
        "Nothing is being changed right now.",
        "Nothing is planned; no freeze.",
        "The gate has refused nothing lately.",
        "No incident is open.",
    ):
        assert words in html


def test_who_has_not_signed_in_is_sent_to_the_door(client: Client):
    assert client.get("/")["Location"] == "/sign-in?next=/"


@pytest.mark.parametrize("rows", [1, 3])
def test_it_takes_as_many_statements_however_many_rows(
    rows: int, signed_in: Browser, django_assert_num_queries: Any
):
    for _ in range(rows):
        change_at(State.AWAITING_APPROVAL, **later())
        change_at(State.IMPLEMENTING)
        lifecycle.create(fields=living.plan(**later()), actor=person("peer"), now=at(1))
    living.incident(2)
    Window.objects.filter(name="Weekend freeze").update(is_active=True)
    client = signed_in("peer")

    with django_assert_num_queries(23):
        assert client.get("/").status_code == 200


def test_who_waits_at_the_gate_is_named_by_turn(signed_in: Browser):
    living.window("Audit", starts=0, ends=150)
    change = change_at(State.SCHEDULED)
    question = gate.Question("refunds", "production", change=change.ref, run_id="9120")
    gate.ask(question, actor=person("ci"), now=at(100))

    page = signed_in("peer").get("/")

    assert [row.run_id for row in page.context["queue"]] == ["9120"]
    assert "run 9120" in page.content.decode()


def test_a_task_waits_for_whom_it_was_given_to(waits: Waits):
    change = change_at(State.SCHEDULED)
    peer = {"assignee": person("peer-2"), "kind": "test"}
    timed = {"planned_start_at": at(60), "planned_end_at": at(90)}
    for fields in ({"title": "Watch it", **peer, **timed}, {"title": "Ask around", **peer}):
        say("add_task", change, minutes=30, fields=fields)

    assert waits("peer-2") == [
        (change.ref, "Task 1: Watch it", "stop"),
        (change.ref, "Task 2: Ask around", "wait"),
    ]
    say("hold", change, minutes=40, reason="The supplier is closed.")
    assert waits("peer-2") == []
