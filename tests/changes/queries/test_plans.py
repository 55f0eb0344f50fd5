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
