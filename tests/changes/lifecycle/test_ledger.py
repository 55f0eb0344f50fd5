"""What the lifecycle leaves is what the ledger recorded of it."""

import pytest

from changes.models import Change, Vote
from changes.states import Kind, State
from config.recorded_rows import ROWS
from ledger import verify
from tests.changes.lifecycle.editing import edit
from tests.living import change_at, file, incident, say, vote

LIVES = [
    (state, kind)
    for state in State
    for kind in Kind
    if (state, kind) != (State.AWAITING_APPROVAL, Kind.STANDARD)
]


def faults() -> list[tuple[str, str]]:
    seen = verify.Seen(lambda progress: None)
    return [(fault.ref, fault.message) for fault in verify.faults(rows=ROWS, seen=seen)]


def test_every_state_of_every_kind_is_as_it_was_recorded(settled: None) -> None:
    minor = {Kind.EMERGENCY: {"incident": incident(severity=3)}}
    for state, kind in LIVES:
        change_at(state, kind=kind, **minor.get(kind, {}))

    assert faults() == []


def test_edits_holds_checks_and_broken_glass_are_as_they_were_recorded(settled: None) -> None:
    edited = change_at(State.AWAITING_APPROVAL, risk="high", also_affects=[])
    vote(edited, by="cab-1")
    edit(edited, test_plan="Replay yesterday.", canary_steps=[5, 50], rollout="canary")
    say("hold", edited, minutes=30, reason="Wait.")
    edit(edited, minutes=31, title="Once more")
    broken = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)
    say("break_glass", broken, by="oncall", minutes=12, reason="Now.")
    vote(broken, by="cab-1", minutes=13)
    say("report_check", broken, minutes=14, name="smoke", passed=False)
    say("roll_back", broken, minutes=15, note="Back.")

    assert faults() == []


@pytest.mark.parametrize(
    "behind_our_back", [{"title": "Harmless"}, {"outcome": "successful"}, {"edition": 99}]
)
def test_a_change_edited_in_sql_is_named(behind_our_back: dict[str, object], settled: None) -> None:
    change = change_at(State.CLOSED)
    Change.objects.filter(pk=change.pk).update(**(behind_our_back | {"closing_note": "So."}))

    assert [ref for ref, _ in faults()] == [change.ref]


@pytest.mark.parametrize(
    "behind_our_back", [{"decision": "abstain"}, {"authenticated_by": "second_factor"}]
)
def test_a_vote_edited_in_sql_is_named(behind_our_back: dict[str, str], settled: None) -> None:
    change = change_at(State.SCHEDULED)
    cast = Vote.objects.get(change=change)
    Vote.objects.filter(pk=cast.pk).update(**behind_our_back)

    assert [ref for ref, _ in faults()] == [f"{change.ref} vote {cast.pk}"]


def test_a_change_put_in_by_sql_is_named(settled: None) -> None:
    change = file()
    forged = Change.objects.get(pk=change.pk)
    forged.pk = None
    forged.save(force_insert=True)

    assert [ref for ref, _ in faults()] == [forged.ref]
