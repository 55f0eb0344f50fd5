"""Lanes: what is sent apart, so that a receiver that is slow holds up nobody in another lane. Pure.

# Note [Lanes]
Paging has a queue and a worker of its own (`ledger.page`): it waits for nothing else. The others
share the sweep, which goes round and takes a few of each; of chat and of status pages one message
at a time is out in all workers together, so that tools that hang keep one process busy at most.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from ledger.models.delivery import Lane
from ledger.models.subscription import Channel

OF_CHANNEL: Final[Mapping[str, Lane]] = MappingProxyType(
    {
        Channel.EMAIL: Lane.MAIL,
        Channel.WEBHOOK: Lane.WEBHOOKS,
        Channel.SLACK: Lane.CHAT,
        Channel.SLACK_BOT: Lane.CHAT,
        Channel.TEAMS: Lane.CHAT,
        Channel.PAGERDUTY: Lane.PAGING,
        Channel.OPSGENIE: Lane.PAGING,
        Channel.STATUSPAGE: Lane.STATUS,
        Channel.APPRISE: Lane.CHAT,
    }
)
AT_ONCE: Final[Mapping[Lane, int]] = MappingProxyType(
    {
        Lane.MAIL: 10,
        Lane.REPLIES: 10,
        Lane.WEBHOOKS: 5,
        Lane.SUBSCRIBERS: 5,
        Lane.STATUS: 1,
        Lane.CHAT: 1,
    }
)
"""How many of each lane of the sweep are tried before the next lane has its turn."""
OUT_AT_MOST: Final[Mapping[Lane, int]] = MappingProxyType(
    {Lane.CHAT: 1, Lane.STATUS: 1, Lane.SUBSCRIBERS: 1}
)
"""How many messages of a lane are on their way at once, in all workers together."""
_LONG_LEASE: Final = timedelta(minutes=5)
_SHORT_LEASE: Final = timedelta(seconds=60)


def lease(lane: str) -> timedelta:
    """How long a worker may hold a message: longer than its channel can take, and no more.

    A page whose worker is lost is taken up by another after a minute; a mail server may be slow.
    """
    return _LONG_LEASE if lane in (Lane.MAIL, Lane.SUBSCRIBERS, Lane.REPLIES) else _SHORT_LEASE
