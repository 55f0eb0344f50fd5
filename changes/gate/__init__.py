"""The question CI asks before it deploys, the answer, and the record of it."""

from changes.gate.asking import ask, decide_as_bearer
from changes.gate.deciding import Decided
from changes.gate.examining import Examined, examine
from changes.gate.waiting import advance, leave, waiting
from changes.gate.words import Answer, Place, Question

__all__ = [
    "Answer",
    "Decided",
    "Examined",
    "Place",
    "Question",
    "advance",
    "ask",
    "decide_as_bearer",
    "examine",
    "leave",
    "waiting",
]
