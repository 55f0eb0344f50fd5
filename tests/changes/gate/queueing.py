"""Waiting at the gate, in words for tests."""

from typing import Any

from catalog.models import Environment
from changes import gate
from changes.models import Change, QueuePlace
from changes.states import State
from tests.changes.gate.asking import ask
from tests.living import at, change_at


def room_for(count: int | None) -> None:
    Environment.objects.filter(slug="production").update(max_running=count)


def scheduled(count: int) -> list[Change]:
    return [change_at(State.SCHEDULED, revision=f"rev-{number}") for number in range(count)]


def asks(change: Change, *, minutes: float = 60, run: str = "", **given: Any) -> gate.Answer:
    return ask(minutes=minutes, change=change.ref, run_id=run, **given)


def place_of(change: Change) -> QueuePlace:
    return QueuePlace.objects.get(change=change)


def advance(minutes: float) -> int:
    return gate.advance(now=at(minutes), limit=100)
