"""The plan, and what changed since it was approved."""

from typing import Any

import pytest

from changes.models import Vote
from changes.shown.plan import FieldChange, Plan, plan
from changes.shown.wording import Piece
from changes.states import State
from tests import living
from tests.living import change_at, fresh

pytestmark = pytest.mark.usefixtures("settled")


def _read(change: Any, *, by: str) -> Plan:
    votes = list(Vote.objects.filter(change=change).select_related("voter").order_by("id"))
    versions = list(change.plan_versions.order_by("version"))
    return plan(fresh(change), votes, versions, reader=by)


def test_plan_nobody_approved_is_compared_with_nothing() -> None:
    change = change_at(State.PLANNING)
    living.say("edit", change, minutes=5, fields={"rollback_plan": "Restore."})

    read = _read(change, by="engineer")

    assert (read.since, read.changed) == ("", [])
    assert [section.diff for section in read.sections] == [()] * 4


def test_approver_sees_what_changed_since_their_own_vote() -> None:
    change = change_at(State.AWAITING_APPROVAL, risk="medium")
    living.vote(change, by="peer", minutes=10)
    fields = {"rollback_plan": "Redeploy what ran last.", "rollout": "canary"}
    living.say("edit", change, minutes=20, fields=fields)

    own, others = _read(change, by="peer"), _read(change, by="owner")

    assert (own.since, others.since) == ("you approved it", "peer approved it")
    assert own.changed == [FieldChange("Rollout", "All at once", "Canary")]
    assert [section.diff for section in own.sections if section.diff] == [
        (
            Piece("same", "Redeploy what ran "),
            Piece("del", "before"),
            Piece("ins", "last"),
            Piece("same", "."),
        )
    ]


def test_times_are_told_as_times() -> None:
    change = change_at(State.SCHEDULED)
    living.say("edit", change, minutes=20, fields={"planned_end_at": living.at(240)})

    (only,) = _read(change, by="peer").changed

    assert (only.label, only.before, only.after, only.instant) == (
        "Planned end",
        "2026-11-18T12:00:00Z",
        "2026-11-18T13:00:00Z",
        True,
    )


def test_plan_approved_as_it_stands_has_not_changed() -> None:
    assert _read(change_at(State.SCHEDULED), by="peer").since == ""
