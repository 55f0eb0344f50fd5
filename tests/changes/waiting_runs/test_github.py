"""A deployment protection rule of GitHub, from the webhook to the answer that GitHub takes."""

import pytest

from changes.models import Deployment, DoorMapping, GateAnswer, QueuePlace, WaitingRun
from changes.states import State
from ledger.models import Delivery
from tests.changes.waiting_runs.conftest import World
from tests.changes.waiting_runs.payloads import SHA, deployment_status
from tests.living import (
    approve,
    at,
    change_at,
    events_of,
    file,
    fresh,
    say,
    verbs_of,
    window,
)

pytestmark = pytest.mark.usefixtures("mapped")
WAITING, APPROVED, REJECTED, GIVEN_UP = WaitingRun.State.values


def now(run: WaitingRun) -> WaitingRun:
    return WaitingRun.objects.select_related("answer", "reply").get(pk=run.pk)


def test_a_run_whose_change_may_be_deployed_is_approved_and_starts_it(world: World) -> None:
    change = change_at(State.SCHEDULED, revision=SHA)
    run = world.asks()

    world.passes(61)

    link = f"https://tidegate.example.org/changes/{change.ref}"
    assert world.github.taken == [
        {
            "environment_name": "live",
            "state": "approved",
            "comment": f"**Tidegate approves** [{change.ref}]({link})",
        }
    ]
    assert fresh(change).state == State.IMPLEMENTING
    assert (
        Deployment.objects.get(change=change).permit_id
        == GateAnswer.objects.get().pk.hex[:8] + str(GateAnswer.objects.get().pk)[8:]
    )
    assert now(run).state == APPROVED
    assert now(run).answer.status == Delivery.Status.SENT
    assert verbs_of(run.ref) == ["run.arrived", "run.approved"]
    arrived, approved = events_of(run.ref)
    assert arrived.actor == approved.actor == "ci"
    assert set(approved.about) == {"service:refunds", "team:payments", change.ref}
    assert "permit" not in str(approved.data)


def test_a_run_without_a_change_is_refused_with_what_to_do(world: World) -> None:
    run = world.asks()

    world.passes(61)

    (told,) = world.github.taken
    assert told["state"] == "rejected"
    assert told["comment"].startswith("**Tidegate refuses**\n- No open change covers refunds in")
    assert "File a change for this revision" in told["comment"]
    assert now(run).state == REJECTED
    assert events_of(run.ref)[-1].data["reasons"][0]["code"] == "no_change"


def test_a_run_waits_for_its_votes_and_is_told_only_news(world: World) -> None:
    change = file(revision=SHA)
    say("submit", change, minutes=5)
    run = world.asks()

    for minutes in (60, 61, 62, 63):
        world.passes(minutes)
    approve(change, minutes=64)
    world.passes(65)
    world.passes(66)

    status, decided = world.github.taken
    assert "state" not in status
    assert status["comment"].startswith("**Tidegate waits** [CHG-")
    assert decided["state"] == "approved"
    assert verbs_of(run.ref) == ["run.arrived", "run.told", "run.approved"]
    assert [one.decision for one in GateAnswer.objects.order_by("at")] == ["wait", "allow"]


def test_a_run_keeps_its_place_in_the_queue_however_long_it_waits(world: World) -> None:
    window("Audit", starts=0, ends=170)
    change_at(State.SCHEDULED, revision=SHA)
    run = world.asks()

    for minutes in (61, 100, 140, 169.9):
        world.passes(minutes)
    place = QueuePlace.objects.get()
    assert (place.pk, place.left_at) == (now(run).queue_place_id, None)
    world.passes(170.2)

    assert world.github.taken[-1]["state"] == "approved"
    assert QueuePlace.objects.get().left_because == "started"


def test_github_is_told_nine_times_at_most_before_the_decision(world: World) -> None:
    change = change_at(State.SCHEDULED, revision=SHA)
    for number in range(12):
        window(f"Audit {number}", starts=0, ends=70 + number)
    run = world.asks()

    for number in range(12):
        world.passes(69.5 + number)
    world.passes(83)

    states = [told.get("state") for told in world.github.taken]
    assert states == [None] * 9 + ["approved"]
    assert (now(run).times_said, fresh(change).state) == (9, State.IMPLEMENTING)


def test_an_unmapped_run_is_told_what_to_map_and_goes_on_once_it_is(
    world: World, mapped: DoorMapping
) -> None:
    DoorMapping.objects.update(is_active=False)
    change_at(State.SCHEDULED, revision=SHA)
    run = world.asks()

    world.passes(61)
    (told,) = world.github.taken
    assert "state" not in told
    assert "“acme/shop” and “live” stand for" in told["comment"]
    assert (now(run).state, GateAnswer.objects.count()) == (WAITING, 0)
    DoorMapping.objects.update(is_active=True)
    world.passes(63)

    assert world.github.taken[-1]["state"] == "approved"
    assert now(run).service.slug == "refunds"


def test_a_mapping_that_does_not_start_leaves_the_change_to_its_pipeline(
    world: World, mapped: DoorMapping
) -> None:
    DoorMapping.objects.update(starts_change=False)
    change = change_at(State.SCHEDULED, revision=SHA)
    world.asks()

    world.passes(61)

    assert world.github.taken[-1]["state"] == "approved"
    assert fresh(change).state == State.SCHEDULED


@pytest.mark.parametrize(
    ("word", "state", "status"),
    [
        ("success", State.VALIDATING, ["started", "succeeded"]),
        ("failure", State.VALIDATING, ["started", "failed"]),
        ("error", State.VALIDATING, ["started", "failed"]),
        ("in_progress", State.IMPLEMENTING, ["started"]),
    ],
)
def test_how_the_deployment_ends_moves_the_change(
    world: World, word: str, state: State, status: list[str]
) -> None:
    change = change_at(State.SCHEDULED, revision=SHA)
    world.asks()
    world.passes(61)

    world.github.now = at(70)
    world.webhook(deployment_status(word), event="deployment_status")
    world.reads()

    assert fresh(change).state == state
    assert list(change.deployments.order_by("id").values_list("status", flat=True)) == status


def test_a_deployment_that_was_not_let_through_here_moves_nothing(world: World) -> None:
    change = change_at(State.SCHEDULED, revision=SHA)
    world.asks()
    world.passes(61)

    world.webhook(deployment_status("success", deployment=56), event="deployment_status")
    world.reads()

    assert fresh(change).state == State.IMPLEMENTING
