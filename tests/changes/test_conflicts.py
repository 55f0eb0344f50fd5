"""Both sides are told that they meet, and that they no longer do."""

from typing import Any

import pytest

from changes import conflicts
from changes.models import Change, Conflict, ConflictCheck
from changes.states import Kind, State
from ledger import subscriptions
from ledger.models import Delivery
from tests.living import at, change_at, events_of, one_at_a_time, person, say, service, vote

pytestmark = pytest.mark.usefixtures("settled")


def look(minutes: float) -> int:
    return conflicts.look_again(now=at(minutes), limit=50)


def told(change: Change) -> list[tuple[str, str, list[str]]]:
    """Verb, level and refs of what a change was told of conflicts."""
    return [
        (event.verb, event.data["level"], [one["ref"] for one in event.data["others"]])
        for event in events_of(change.ref)
        if event.verb.startswith("conflict.")
    ]


def pair(**given: Any) -> tuple[Change, Change]:
    """Two scheduled changes of one service for one time."""
    return change_at(State.SCHEDULED), change_at(State.SCHEDULED, **given)


def test_both_sides_are_told_once():
    first, second = pair()

    look(20)
    look(21)

    assert told(first) == [("conflict.found", "soft", [second.ref])]
    assert told(second) == [("conflict.found", "soft", [first.ref])]
    kept = Conflict.objects.get()
    assert (kept.change, kept.other, kept.level, kept.found_at) == (first, second, "soft", at(20))
    assert kept.why == ["same_service", "implementer"]
    assert ConflictCheck.objects.count() == 0


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("revise", {}),
        ("cancel", {"reason": "It is not needed."}),
        ("edit", {"fields": {"planned_start_at": at(170)}}),
    ],
)
def test_when_either_side_moves_away_both_are_told(verb: str, words: dict[str, Any]):
    first, second = pair()
    look(20)

    say(verb, first, minutes=30, **words)
    look(31)

    assert told(first)[1:] == [("conflict.cleared", "soft", [second.ref])]
    assert told(second)[1:] == [("conflict.cleared", "soft", [first.ref])]
    assert Conflict.objects.get().cleared_at == at(31)


def test_when_one_is_finished_the_other_is_told():
    first, second = pair()
    look(20)
    say("start", first, minutes=60)
    look(61)
    assert len(told(second)) == 1

    say("finish", first, minutes=90)
    look(91)

    assert told(second)[1:] == [("conflict.cleared", "soft", [first.ref])]


def test_a_pair_that_meets_again_is_told_again():
    first, second = pair()
    look(20)
    say("revise", second, minutes=30)
    look(31)
    say("submit", second, minutes=32)
    vote(second, by="peer", minutes=40)
    look(50)

    assert [verb for verb, *_ in told(first)] == [
        "conflict.found",
        "conflict.cleared",
        "conflict.found",
    ]


def test_what_excludes_is_told_as_hard():
    first, second = pair()
    one_at_a_time()

    look(20)

    assert told(first) == [("conflict.found", "hard", [second.ref])]
    note = events_of(second.ref)[-1].data["note"]
    assert note == f"{first.ref}: one keeps the other from starting."


def test_one_event_names_all_that_a_change_meets():
    first = change_at(State.SCHEDULED)
    others = [change_at(State.SCHEDULED, kind=Kind.STANDARD) for _ in range(3)]
    ConflictCheck.objects.exclude(change=first).delete()

    look(20)

    assert told(first) == [("conflict.found", "soft", [one.ref for one in others])]
    assert told(others[2]) == [("conflict.found", "soft", [first.ref])]


def test_whoever_subscribed_to_the_service_hears_of_it():
    subscriptions.subscribe(
        name="Refunds",
        channel="email",
        target="refunds@example.org",
        verbs=["conflict.*"],
        services=["refunds"],
        now=at(0),
    )
    pair()

    look(20)

    assert [row.event.verb for row in Delivery.objects.all()] == ["conflict.found"] * 2


def test_changes_that_do_not_meet_are_told_nothing():
    other = service("payments-api")
    first, second = pair(service=other, implementer=person("peer-2"))

    assert look(20) == 2

    assert (told(first), told(second), Conflict.objects.count()) == ([], [], 0)
