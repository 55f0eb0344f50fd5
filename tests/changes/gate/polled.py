"""Polling the gate, in words for tests."""

from typing import Any
from uuid import UUID

from catalog import tokens
from changes import gate
from changes.gate.polling import Bearer
from changes.models import Change
from changes.policies.reach import EVERYWHERE
from changes.states import State
from tests.changes.gate.asking import ask
from tests.living import at, change_at, person, window

SECRET = "tg_of-the-pipeline"


def quick(answer: gate.Answer, *, minutes: float) -> gate.Unchanged | None:
    """What a web process tells without deciding anything."""
    key = (answer.id, tokens.digest_of(SECRET))
    return gate.unchanged(key, now=at(minutes))


def poll(answer: gate.Answer, *, minutes: float, by: str = "ci") -> gate.Polled:
    bearer = Bearer(tokens.digest_of(SECRET), None)
    return gate.poll(
        UUID(answer.id), actor=person(by), reach=EVERYWHERE, now=at(minutes), bearer=bearer
    )


def waiting(**given: Any) -> tuple[Change, gate.Answer]:
    """A change that waits for the end of an audit, at minute 100."""
    window("Audit", starts=0, ends=100)
    change = change_at(State.SCHEDULED, **given)
    return change, ask(revision="4f1c2d9", run_id="77")
