"""From planning to implementation: what each verb sets, and what it tells the ledger."""

import pytest
from django.core.exceptions import ValidationError

from changes import lifecycle
from changes.queries import NoSuchChange
from changes.states import State
from ledger.decision import Refused
from tests.changes.lifecycle.telling import KEPT, told
from tests.living import (
    at,
    change_at,
    fresh,
    person,
    say,
    vote,
    window,
    written,
)


def test_revising_takes_the_change_back_and_says_whose_votes_lapse(settled: None) -> None:
    change = change_at(State.SCHEDULED)

    say("revise", change, minutes=20, note="Another look.")

    after = fresh(change)
    assert (after.state, after.submitted_at, after.approved_at) == ("planning", None, None)
    assert told(change) == (
        "change.revised",
        "engineer",
        at(20),
        {
            **KEPT,
            "state": "planning",
            "from": "scheduled",
            "to": "planning",
            "note": "Another look.",
            "votes_lapsed": ["peer"],
        },
    )


@pytest.mark.parametrize("who", ["engineer", "peer-2", "ci"])
def test_starting_is_kept_with_who_and_when(who: str, settled: None) -> None:
    change = change_at(State.SCHEDULED)

    say("start", change, by=who, minutes=60)

    after = fresh(change)
    assert (after.state, after.started_at, after.started_by) == (
        "implementing",
        at(60),
        person(who),
    )
    assert told(change) == (
        "change.started",
        who,
        at(60),
        {**KEPT, "state": "implementing", "from": "scheduled", "to": "implementing"},
    )


def test_whoever_approved_does_not_start(settled: None) -> None:
    change = change_at(State.SCHEDULED)

    with pytest.raises(Refused) as refused:
        say("start", change, by="peer", minutes=60)

    assert refused.value.decision.codes == ("self_approval",)


def test_a_hold_stops_the_change_until_it_is_resumed(settled: None) -> None:
    change = change_at(State.SCHEDULED)

    say("hold", change, by="manager", minutes=20, reason="The vendor is away.")
    held = fresh(change)
    hold = told(change)
    with pytest.raises(Refused) as refused:
        say("start", change, minutes=60)
    say("resume", change, minutes=61, note="The vendor is back.")
    resume = told(change)
    say("start", change, minutes=62)

    assert (held.state, held.held_at, held.held_by, held.hold_reason) == (
        "scheduled",
        at(20),
        person("manager"),
        "The vendor is away.",
    )
    assert refused.value.decision.codes == ("on_hold",)
    assert hold == (
        "change.held",
        "manager",
        at(20),
        {**KEPT, "state": "scheduled", "reason": "The vendor is away."},
    )
    assert resume == (
        "change.resumed",
        "engineer",
        at(61),
        {**KEPT, "state": "scheduled", "note": "The vendor is back."},
    )
    after = fresh(change)
    assert (after.state, after.held_at, after.held_by, after.hold_reason) == (
        "implementing",
        None,
        None,
        "",
    )


def test_votes_on_a_held_change_wait_for_the_hold(settled: None) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    say("hold", change, minutes=6, reason="The vendor is away.")

    with pytest.raises(Refused) as refused:
        vote(change, by="peer")
    say("resume", change, minutes=12)
    vote(change, by="peer")

    assert refused.value.decision.codes == ("on_hold",)
    assert fresh(change).state == "scheduled"


@pytest.mark.parametrize(
    ("verb", "given", "field"),
    [
        ("hold", {"reason": " "}, "reason"),
        ("break_glass", {"reason": ""}, "reason"),
        ("cancel", {"reason": "\n"}, "reason"),
        ("roll_back", {"note": ""}, "note"),
        ("review", {"text": " "}, "review"),
        ("close", {"outcome": "successful", "note": ""}, "note"),
    ],
)
def test_verbs_that_stop_or_end_something_say_why(
    verb: str, given: dict[str, str], field: str, settled: None
) -> None:
    change = change_at(State.VALIDATING)
    before = written()

    with pytest.raises(ValidationError) as refused:
        say(verb, change, minutes=100, **given)

    assert list(refused.value.message_dict) == [field]
    assert written() == before


@pytest.mark.parametrize("ref", ["CHG-1", "CHG-0", "CHG-", "INC-1", "", "CHG-99999999999999999999"])
def test_a_ref_that_names_nothing_is_not_found(ref: str, settled: None) -> None:
    with pytest.raises(NoSuchChange) as missing:
        lifecycle.start(ref=ref, actor=person("engineer"), now=at(60))

    assert str(missing.value) == f"There is no change {ref}."


def test_a_warning_that_was_ignored_is_recorded(settled: None) -> None:
    window("Month end", level="warn")
    change = change_at(State.SCHEDULED)

    say("start", change, minutes=60)

    *_, data = told(change)
    assert [(one["code"], one["source"]) for one in data["warnings"]] == [
        ("freeze_active", "window Month end")
    ]
