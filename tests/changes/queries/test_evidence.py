"""What stands behind a change."""

import pytest

from changes.queries.evidence import could_fill, events_since, evidence, last_position
from changes.states import State
from tests import living
from tests.living import change_at, events_of, facts_of

pytestmark = pytest.mark.usefixtures("settled")


def test_newest_events_come_in_order_with_a_count_of_the_rest() -> None:
    change = change_at(State.CLOSED)
    events = events_of(change.ref)

    newest, everything = evidence(change, newest=2), evidence(change)

    assert (newest.events, newest.earlier_events) == (events[-2:], len(events) - 2)
    assert (everything.events, everything.earlier_events) == (events, 0)


def test_events_after_a_position_are_those_somebody_has_not_seen() -> None:
    change = change_at(State.PLANNING)
    seen = last_position(ref=change.ref)
    living.say("edit", change, minutes=5, fields={"title": "Better"}, by="peer")
    living.say("submit", change, minutes=6, by="peer")

    later = events_since(ref=change.ref, position=seen)

    assert (seen, [event.verb for event in later]) == (1, ["change.edited", "change.submitted"])
    assert last_position(ref="CHG-999999") == 0


def test_who_could_fill_a_place_leaves_out_the_involved_and_who_has_voted() -> None:
    change = change_at(State.AWAITING_APPROVAL, risk="high")
    living.vote(change, by="cab-1", minutes=10)

    assert could_fill(facts_of(change), change=change, now=living.at(10)).vote == {
        "cab": {"cab-2"},
        "peer": {"owner", "peer", "peer-2"},
        "service_owner": {"owner"},
    }
