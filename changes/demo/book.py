"""Every story of the demo."""

from changes.demo.stage import Stage, Story
from changes.demo.stories import ended, gate_alone, incidents, planned, running, standard, waiting

BOOKS = (ended, standard, incidents, running, waiting, planned, gate_alone)


def all_of(stage: Stage) -> list[Story]:
    """Every story, ready to be played."""
    return [story(stage) for book in BOOKS for story in book.STORIES]
