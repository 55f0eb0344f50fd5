"""A tool that waits for answers, for tests: it notes what it hears, and may refuse it first."""

from datetime import datetime
from typing import Any

from ledger.channels.failures import NotSent
from ledger.models import Delivery

HEARD: list[dict[str, Any]] = []
REFUSES: list[NotSent] = []


def hear(delivery: Delivery, now: datetime) -> None:
    """Take an answer, unless it is to be refused once."""
    if REFUSES:
        raise REFUSES.pop(0)
    HEARD.append(delivery.event.data)


CHANNELS = {"tool": hear}
