"""Replies: answers in the formats of the tools that wait for them.

The composition root names who writes each (`REPLY_CHANNELS`), for those stand above the ledger.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from ledger.channels.failures import NotSent
from ledger.models import Delivery

Channel = Callable[[Delivery, datetime], None]
"""Sends one delivery at an instant; raises `NotSent`. Doing it twice must do no harm."""


def send(*, delivery: Delivery, now: datetime) -> None:
    """Answer whoever waits, in their tool's format; raises `NotSent`."""
    channel = _channels().get(delivery.channel)
    if channel is None:
        raise NotSent(f"Nobody answers {delivery.channel} any more.", permanent=True)
    channel(delivery, now)


@lru_cache
def _channels() -> Mapping[str, Channel]:
    channels: Mapping[str, Channel] = import_string(settings.REPLY_CHANNELS)
    return channels
