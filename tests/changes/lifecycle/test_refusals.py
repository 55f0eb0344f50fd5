"""A refusal writes nothing: no row, no event, no field, in any state."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from changes import approvals, lifecycle
from changes.models import Change
from changes.queries import row_digest
from changes.states import MOVES, STAYS, Kind, State, sources
from ledger.decision import Refused
from tests.living import at, change_at, fresh, person, written

GIVEN: dict[str, dict[str, Any]] = {
    "hold": {"reason": "Wait."},
    "cancel": {"reason": "No."},
    "break_glass": {"reason": "Now."},
    "roll_back": {"note": "Back."},
    "review": {"text": "So it was."},
    "close": {"outcome": "failed", "note": "Bad."},
    "edit": {"fields": {"title": "Another"}},
    "report_check": {"name": "smoke", "passed": True},
}
CALLS = {"check": "report_check"}
# Votes and questions are said otherwise; what Tidegate finds out, by itself alone.
NOBODYS = {"approve", "reject", "vote", "deploy", "detect", "clear", "step"}
SAID = sorted({*MOVES, *STAYS} - NOBODYS)


def said(verb: str, change: Change, *, by: str) -> tuple[str, ...]:
    """The codes of the refusal, or () when it was done."""
    name = CALLS.get(verb, verb)
    try:
        getattr(lifecycle, name)(
            ref=change.ref, actor=person(by), now=at(65), **GIVEN.get(name, {})
        )
    except Refused as refused:
        return refused.decision.codes
    return ()


@pytest.mark.parametrize("kind", [Kind.NORMAL, Kind.EMERGENCY])
@pytest.mark.parametrize("state", State)
def test_a_verb_in_the_wrong_state_leaves_everything_as_it_was(
    state: State, kind: Kind, settled: None
) -> None:
    change = change_at(state, kind=kind)
    rows, row = written(), row_digest(fresh(change))
    wrong = [verb for verb in SAID if state not in sources(verb)]

    codes = {verb: said(verb, change, by="engineer") for verb in wrong}

    assert [verb for verb in wrong if "wrong_state" not in codes[verb]] == []
    assert (written(), row_digest(fresh(change))) == (rows, row)


@pytest.mark.parametrize("state", State)
def test_a_strangers_verb_leaves_everything_as_it_was(state: State, settled: None) -> None:
    change = change_at(state)
    rows, row = written(), row_digest(fresh(change))

    codes = {verb: said(verb, change, by="stranger") for verb in SAID}

    assert [verb for verb in SAID if "not_permitted" not in codes[verb]] == []
    assert (written(), row_digest(fresh(change))) == (rows, row)


@pytest.mark.parametrize("state", State)
def test_an_auditors_verb_leaves_everything_as_it_was(state: State, settled: None) -> None:
    change = change_at(state)
    rows, row = written(), row_digest(fresh(change))

    codes = {verb: said(verb, change, by="auditor") for verb in SAID}

    assert [verb for verb in SAID if "not_permitted" not in codes[verb]] == []
    assert (written(), row_digest(fresh(change))) == (rows, row)


@pytest.mark.parametrize("state", [s for s in State if s is not State.AWAITING_APPROVAL])
def test_a_vote_where_none_is_asked_leaves_everything_as_it_was(
    state: State, settled: None
) -> None:
    change = change_at(state)
    rows, row = written(), row_digest(fresh(change))

    with pytest.raises(Refused) as refused:
        approvals.vote(
            ref=change.ref, decision="reject", comment="No.", actor=person("peer-2"), now=at(65)
        )

    assert "wrong_state" in refused.value.decision.codes
    assert (written(), row_digest(fresh(change))) == (rows, row)


def test_a_wrong_field_leaves_everything_as_it_was(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    rows, row = written(), row_digest(fresh(change))

    with pytest.raises(ValidationError):
        lifecycle.edit(
            ref=change.ref,
            fields={"test_plan": "Another.", "planned_end_at": at(1)},
            actor=person("engineer"),
            now=at(20),
        )

    assert (written(), row_digest(fresh(change))) == (rows, row)
