"""How tests add tasks to a change and work on them."""

from typing import Any

import pytest

from changes import lifecycle
from changes.models import Change, Task
from config import recorded_rows
from ledger import verify
from ledger.decision import Refused
from tests.living import at, person, say


def add(change: Change, title: str = "Load it", *, by: str = "engineer", **given: Any) -> Task:
    minutes = given.pop("minutes", 20)
    return say(
        "add_task",
        change,
        by=by,
        minutes=minutes,
        fields={"kind": "implement", "title": title, **given},
    )


def task(change: Change, verb: str, number: int = 1, *, by: str = "engineer", **more: Any) -> Task:
    minutes = more.pop("minutes", 70)
    return lifecycle.say_task(
        ref=change.ref, number=number, verb=verb, actor=person(by), now=at(minutes), **more
    )


def states(change: Change) -> list[str]:
    return [one.state for one in Task.objects.filter(change=change)]


def refused(call: Any, *args: Any, **more: Any) -> tuple[str, ...]:
    with pytest.raises(Refused) as problem:
        call(*args, **more)
    return tuple(reason.code for reason in problem.value.decision.reasons)


def faults() -> list[str]:
    seen = verify.Seen(lambda progress: None)
    found = verify.faults(rows=recorded_rows.ROWS[:1], seen=seen)
    return [fault.message for fault in found]
