"""Two at once at one task: one winner, a clean refusal for the other."""

import pytest

from changes import lifecycle
from changes.states import State
from tests.changes.test_races import Attempt, at_once, settled_for_all
from tests.living import at, change_at, person, verbs_of

__all__ = ["settled_for_all"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_who_finish_one_task_one_does() -> None:
    change = change_at(State.PLANNING)
    fields = {"kind": "test", "title": "Watch it"}
    lifecycle.add_task(ref=change.ref, fields=fields, actor=person("engineer"), now=at(1))

    def finishing(name: str) -> Attempt:
        actor = person(name)
        return lambda: lifecycle.say_task(
            ref=change.ref, number=1, verb="finish", actor=actor, now=at(60)
        )

    ends = at_once(finishing("engineer"), finishing("peer"))

    assert sorted(ends, key=str) == [("wrong_state",), None]
    assert verbs_of(change.ref).count("task.finished") == 1
    assert change.tasks.get().ended_by.username == ("engineer" if ends[0] is None else "peer")
