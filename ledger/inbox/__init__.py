"""The inbox: every message that comes in is a row before its sender is told that it was taken.

`receive` keeps it, `work` has it read by whoever reads its vendor's messages, as often as it takes.
"""

from ledger.inbox.reading import Unreadable, forget, replay, work
from ledger.inbox.receiving import Arrived, Taken, identify, receive
from ledger.inbox.refusing import NotTaken

__all__ = [
    "Arrived",
    "NotTaken",
    "Taken",
    "Unreadable",
    "forget",
    "identify",
    "receive",
    "replay",
    "work",
]
