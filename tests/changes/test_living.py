"""The building blocks themselves: every state can be lived."""

from datetime import time, timedelta

import pytest

from changes.models import ApprovalRule, Window
from changes.queries import by_ref
from changes.states import Kind, State
from tests.living import RULES, change_at, verbs_of

UNREACHABLE = {(State.AWAITING_APPROVAL, Kind.STANDARD)}
LIVES = [(state, kind) for state in State for kind in Kind if (state, kind) not in UNREACHABLE]


@pytest.mark.parametrize(("state", "kind"), LIVES)
def test_a_change_of_every_kind_can_live_its_way_to_every_state(
    state: State, kind: Kind, settled: None
) -> None:
    change = change_at(state, kind=kind)

    assert (by_ref(ref=change.ref).state, change.kind) == (state, kind)


def test_a_whole_life_is_told_in_order(settled: None) -> None:
    change = change_at(State.CLOSED, risk="high")

    assert verbs_of(change.ref) == [
        "change.created",
        "change.submitted",
        "vote.cast",
        "vote.cast",
        "vote.cast",
        "vote.cast",
        "change.approved",
        "change.started",
        "change.finished",
        "change.closed",
    ]


def test_a_fresh_installation_begins_with_these_rules(db: None) -> None:
    rules = ApprovalRule.objects.order_by("id")
    shown = [
        (rule.name, rule.kinds, rule.risk_at_least, rule.authority, rule.count) for rule in rules
    ]
    freeze = Window.objects.get()

    assert shown == list(RULES)
    assert (freeze.name, freeze.effect, freeze.level) == ("Weekend freeze", "freeze", "block")
    assert (freeze.recurrence, freeze.start_time) == ("FREQ=WEEKLY;BYDAY=FR", time(16))
    assert (freeze.duration, freeze.time_zone) == (timedelta(hours=62), "")
    assert (freeze.environments, freeze.except_standard_up_to_risk) == (["production"], "low")
