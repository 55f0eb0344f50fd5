"""The question CI asks before it deploys, the answer, and the record of it."""

from changes.gate.asking import ask, ask_as_bearer
from changes.gate.examining import Examined, examine
from changes.gate.waiting import advance, leave, waiting
from changes.gate.words import Answer, Place, Question

__all__ = [
    "Answer",
    "Examined",
    "Place",
    "Question",
    "advance",
    "ask",
    "ask_as_bearer",
    "examine",
    "leave",
    "waiting",
]
