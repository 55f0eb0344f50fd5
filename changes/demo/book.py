"""Every story of the demo."""

from changes.demo.stage import Stage, Story
from changes.demo.stories import (
    apart,
    away,
    ended,
    gate_alone,
    incidents,
    meetings,
    overridden,
    planned,
    rules,
    running,
    standard,
    waiting,
    watched,
)

BOOKS = (
    rules,
    ended,
    overridden,
    standard,
    incidents,
    meetings,
    running,
    watched,
    waiting,
    planned,
    gate_alone,
    apart,
    away,
)


def all_of(stage: Stage) -> list[Story]:
    """Every story, ready to be played."""
    return [story(stage) for book in BOOKS for story in book.STORIES]
