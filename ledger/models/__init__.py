"""What happened and who must hear of it."""

from ledger.models.answer import StoredAnswer
from ledger.models.callback import Callback
from ledger.models.delivery import Delivery
from ledger.models.event import Event
from ledger.models.letter import Letter
from ledger.models.message import Message
from ledger.models.reply import Reply
from ledger.models.seal import Seal
from ledger.models.signing_key import SigningKey
from ledger.models.source import Source, SourceKey
from ledger.models.subscription import Subscription
from ledger.models.thread import Thread

__all__ = [
    "Callback",
    "Delivery",
    "Event",
    "Letter",
    "Message",
    "Reply",
    "Seal",
    "SigningKey",
    "Source",
    "SourceKey",
    "StoredAnswer",
    "Subscription",
    "Thread",
]
