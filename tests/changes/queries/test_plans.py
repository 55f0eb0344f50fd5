"""What a plan's digest is made from."""

import pytest

from changes.models import PlanVersion
from changes.states import State
from tests.living import change_at, fresh, say

pytestmark = pytest.mark.usefixtures("settled")


def test_what_came_later_is_part_of_a_plan_only_where_it_says_something() -> None:
    change = change_at(State.SCHEDULED)
    say("edit", change, minutes=20, fields={"security_impact": "None: no new right."})

    silent, said = PlanVersion.objects.filter(change=change).order_by("version")

    assert "security_impact" not in silent.fields
    assert said.fields == {**silent.fields, "security_impact": "None: no new right."}
    assert fresh(change).state == State.PLANNING


def test_how_long_a_canary_soaks_is_part_of_the_plan() -> None:
    canary = {"rollout": "canary", "canary_steps": [5, 100]}
    change = change_at(State.SCHEDULED, **canary)

    say("edit", change, minutes=20, fields={"canary_soak_minutes": [30]})

    before, after = PlanVersion.objects.filter(change=change).order_by("version")
    assert after.fields == {**before.fields, "canary_soak_minutes": [30]}
    assert (after.digest != before.digest, fresh(change).state) == (True, State.PLANNING)
