"""The question CI asks before it deploys, the answer, and the record of it."""

from changes.gate.asking import ask, decide_as_bearer
from changes.gate.deciding import Decided
from changes.gate.examining import Examined, examine, examine_as_bearer
from changes.gate.keeping import as_told
from changes.gate.keeping import keep as record
from changes.gate.peeking import keep, peek
from changes.gate.polling import Polled, poll
from changes.gate.waiting import advance, leave, waiting
from changes.gate.watching import Unchanged, unchanged
from changes.gate.words import Answer, Place, Question

__all__ = [
    "Answer",
    "Decided",
    "Examined",
    "Place",
    "Polled",
    "Question",
    "Unchanged",
    "advance",
    "as_told",
    "ask",
    "decide_as_bearer",
    "examine",
    "examine_as_bearer",
    "keep",
    "leave",
    "peek",
    "poll",
    "record",
    "unchanged",
    "waiting",
]
