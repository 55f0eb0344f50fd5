"""The one client by which anything outside is called."""

from typing import Final

import httpx2
from django.conf import settings

from ledger.safe_transport import SafeTransport

_HEADERS: Final = {"user-agent": "tidegate", "accept-encoding": "identity"}


def client(*, seconds: float, timeout: float, redirects: int | None = None) -> httpx2.Client:
    """A client that reaches no address inside but what WEBHOOK_ALLOWED_NETWORKS names.

    All that it sends and receives takes `seconds` at most, from now; a silence ends it after
    `timeout`. So many `redirects` are followed, each checked like the address itself; None follows
    none and answers them. No variable of the process, such as a proxy, leads it elsewhere.
    """
    allowed = settings.WEBHOOK_ALLOWED_NETWORKS
    return httpx2.Client(
        transport=SafeTransport(allowed=allowed, seconds=seconds),
        timeout=timeout,
        headers=_HEADERS,
        follow_redirects=redirects is not None,
        max_redirects=redirects or 0,
        trust_env=False,
    )
