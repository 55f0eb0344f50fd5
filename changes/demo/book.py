"""Every story of the demo."""

from changes.demo.stage import Stage, Story
from changes.demo.stories import (
    apart,
    away,
    canary,
    ended,
    found_out,
    gate_alone,
    incidents,
    meetings,
    outages,
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
    outages,
    meetings,
    canary,
    running,
    watched,
    waiting,
    planned,
    gate_alone,
    apart,
    away,
    found_out,
)


def all_of(stage: Stage) -> list[Story]:
    """Every story, ready to be played."""
    return [story(stage) for book in BOOKS for story in book.STORIES]
