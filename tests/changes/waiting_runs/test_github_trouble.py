"""What goes wrong with a deployment protection rule: runs that end, answers that are not taken,
webhooks of strangers."""

from typing import Any

import pytest

from changes.models import Deployment, DoorMapping, GateAnswer, QueuePlace, WaitingRun
from changes.states import State
from ledger import outbox
from ledger.inbox import NotTaken
from ledger.models import Delivery, Event, Message
from tests.changes.waiting_runs.conftest import World
from tests.changes.waiting_runs.payloads import SHA, protection_rule
from tests.living import (
    at,
    change_at,
    events_of,
    file,
    fresh,
    person,
    verbs_of,
    window,
)

pytestmark = pytest.mark.usefixtures("mapped")
WAITING, APPROVED, REJECTED, GIVEN_UP = WaitingRun.State.values


def now(run: WaitingRun) -> WaitingRun:
    return WaitingRun.objects.select_related("answer", "reply").get(pk=run.pk)


def test_a_run_that_ended_in_github_is_given_up_and_starts_nothing(world: World) -> None:
    change = change_at(State.SCHEDULED, revision=SHA)
    run = world.asks()
    world.github.runs[801] = {"id": 801, "status": "completed", "conclusion": "cancelled"}

    world.passes(61)

    assert (now(run).state, now(run).ended_because) == (
        GIVEN_UP,
        "The run has ended in GitHub: cancelled.",
    )
    assert (world.github.taken, fresh(change).state) == ([], State.SCHEDULED)
    assert verbs_of(run.ref) == ["run.arrived", "run.given_up"]


def test_a_run_that_is_cancelled_while_it_waits_leaves_the_queue(world: World) -> None:
    window("Audit", starts=0, ends=170)
    change_at(State.SCHEDULED, revision=SHA)
    run = world.asks()
    world.passes(61)
    world.github.runs[801] = {"id": 801, "status": "completed", "conclusion": "cancelled"}

    world.passes(171)

    assert now(run).state == GIVEN_UP
    assert QueuePlace.objects.get().left_because == "cancelled"


def test_after_thirty_days_a_run_is_given_up_with_a_record(world: World) -> None:
    file(revision=SHA)
    DoorMapping.objects.update(is_active=False)
    run = world.asks()

    world.passes(60 + 30 * 24 * 60)

    assert now(run).ended_because == "Nothing was decided in 30 days."
    assert "state" not in str(world.github.taken)


@pytest.mark.parametrize(
    "answer", [(502, {}), (429, {"Retry-After": "40"}), (403, {"Retry-After": "40"})]
)
def test_an_answer_that_github_does_not_take_is_sent_again(
    world: World, answer: tuple[int, dict[str, str]]
) -> None:
    change = change_at(State.SCHEDULED, revision=SHA)
    run = world.asks()
    world.github.answers = [(200, {}), answer]
    still_there = world.github.runs[801]
    assert still_there["status"] == "waiting"

    world.passes(61)
    delivery = now(run).answer
    assert (delivery.status, delivery.attempts) == (Delivery.Status.PENDING, 1)
    waits = (delivery.next_attempt_at - at(61)).total_seconds()
    assert waits >= (40 if answer[1] else 10)
    world.passes(63)

    assert [told["state"] for told in world.github.taken] == ["approved"]
    assert now(run).answer.status == Delivery.Status.SENT
    assert Deployment.objects.filter(change=change).count() == 1


def test_an_answer_that_does_not_arrive_is_told_once_and_sent_again_by_hand(
    world: World,
) -> None:
    change_at(State.SCHEDULED, revision=SHA)
    run = world.asks()
    world.github.answers = [(200, {}), (500, {}), (500, {}), (500, {}), (422, {})]

    for minutes in (61, 62, 63, 71.5, 75):
        world.passes(minutes)
    late = [event for event in events_of(run.ref) if event.verb == "run.late"]
    assert [event.data["why"] for event in late] == [
        "GitHub did not take the answer: 500 Internal Server Error: not now"
    ]
    assert now(run).answer.status == Delivery.Status.FAILED
    assert verbs_of(run.ref)[-1] == "delivery.failed"
    outbox.retry(delivery=now(run).answer, actor=person("manager"), now=at(80))
    world.passes(81)

    assert [told["state"] for told in world.github.taken] == ["approved"]


def test_github_that_is_away_starts_nothing_and_is_noticed(world: World) -> None:
    change = change_at(State.SCHEDULED, revision=SHA)
    run = world.asks()
    world.github.answers = [(503, {})] * 12

    for minutes in range(61, 73):
        world.passes(minutes)
    assert (now(run).state, fresh(change).state) == (WAITING, State.SCHEDULED)
    assert now(run).trouble.startswith("GitHub did not say how the run stands: 503")
    assert verbs_of(run.ref) == ["run.arrived", "run.late"]
    world.passes(75)

    assert world.github.taken[-1]["state"] == "approved"


def test_one_token_of_the_installation_serves_until_it_expires(world: World) -> None:
    for number in range(3):
        world.asks(run_id=900 + number, deployment=90 + number)
    world.passes(61)
    assert (len(world.github.taken), world.github.tokens_given) == (3, 1)

    world.github.now = at(125)
    world.asks(run_id=910, deployment=99)
    world.passes(125)

    assert (len(world.github.taken), world.github.tokens_given) == (4, 2)


def test_an_installation_that_is_not_the_apps_is_given_up(world: World) -> None:
    run = world.asks(installation=8)

    world.passes(61)

    assert now(run).state == GIVEN_UP
    assert now(run).ended_because.startswith("GitHub gave no token for installation 8: ")
    assert world.github.taken == []


def test_a_robot_that_was_switched_off_asks_no_more(world: World) -> None:
    change = change_at(State.SCHEDULED, revision=SHA)
    run = world.asks()
    type(person("ci")).objects.filter(username="ci").update(is_active=False)

    world.passes(61)

    assert (now(run).state, fresh(change).state) == (REJECTED, State.SCHEDULED)
    assert world.github.taken[-1]["state"] == "rejected"
    assert GateAnswer.objects.count() == 0


def test_a_request_that_is_told_twice_is_one_run(world: World) -> None:
    payload = protection_rule(api=world.github.url)
    first = world.webhook(payload, delivery="one")
    again = world.webhook(payload, delivery="one")
    another = world.webhook(payload, delivery="two")
    world.reads()

    assert (first.message is None, again.message, another.message is None) == (False, None, False)
    assert WaitingRun.objects.count() == 1
    assert Event.objects.filter(verb="run.arrived").count() == 1


def test_a_forged_signature_is_refused_and_nothing_kept(world: World) -> None:
    with pytest.raises(NotTaken) as refused:
        world.webhook(protection_rule(api=world.github.url), secret="guessed")

    assert refused.value.status_code == 401
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (protection_rule(api="https://evil.example.org"), "leads to evil.example.org"),
        (protection_rule() | {"deployment": None}, "deployment is not an object"),
        (b"{", "no JSON"),
        (b"[]", "no object"),
    ],
)
def test_what_cannot_be_understood_is_given_up_where_managers_see_it(
    world: World, body: Any, why: str
) -> None:
    world.webhook(body)
    world.reads()

    message = Message.objects.get()
    assert message.state == Message.State.DEAD
    assert why in message.error
    assert not WaitingRun.objects.exists()
    assert world.github.taken == []


def test_another_action_is_no_request(world: World) -> None:
    world.webhook(protection_rule(api=world.github.url, action="completed"))
    world.reads()

    assert Message.objects.get().state == Message.State.DONE
    assert not WaitingRun.objects.exists()


def test_no_secret_is_written_or_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    change_at(State.SCHEDULED, revision=SHA)
    world.asks()
    world.github.answers = [(500, {})]
    world.passes(61)
    world.passes(63)

    told = caplog.text + str(list(Event.objects.values())) + str(list(Delivery.objects.values()))
    assert world.github.taken
    for secret in ("ghs_installation_token", "BEGIN RSA", world.secret, "eyJ"):
        assert secret not in told
