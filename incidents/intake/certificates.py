"""The certificates with which Amazon signs, fetched from SNS itself and kept for a day."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from incidents.intake import sns
from ledger.download import download
from ledger.inbox import Unreadable
from ledger.safe_transport import NotReached

LONGEST = 20_000
MOST = 32
KEPT_SECONDS = 24 * 3600.0
QUIET_SECONDS = 30.0
Fetch = Callable[[str, datetime], bytes]
"""What is at an address at an instant; raises `NotReached`."""


def fetch(url: str, now: datetime) -> bytes:
    """What is at an address of SNS, following it nowhere else; raises `NotReached`."""
    return download(url=url, at_most=LONGEST, now=now, redirects=0).content or b""


@dataclass(frozen=True, slots=True)
class _Known:
    """What was at an address, or None where it was not reached, and until when that counts."""

    found: bytes | None
    until: float


class Certificates:
    """The certificates at addresses of SNS, at most 32 of them; one that is not there is asked for
    twice a minute at most."""

    def __init__(
        self, fetch: Fetch = fetch, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch, self._clock = fetch, clock
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def at(self, url: str, *, now: datetime) -> bytes:
        """The certificate at an address; raises `Unreadable` for one that is not of SNS, or where
        none will ever be, and `NotReached` where it may be there later."""
        sns.refuse_address(url, ends=".pem")
        known = self._known.get(url)
        if known is None or known.until <= self._clock():
            known = self._asked(url, now=now)
        if known.found is None:
            raise NotReached("The certificate of SNS could not be fetched a moment ago.")
        return known.found

    def _asked(self, url: str, *, now: datetime) -> _Known:
        try:
            found = self._fetch(url, now)
        except NotReached as why:
            if why.permanent:
                raise Unreadable(f"The certificate of SNS cannot be fetched. {why}") from None
            self._keep(url, _Known(None, self._clock() + QUIET_SECONDS))
            raise
        return self._keep(url, _Known(found, self._clock() + KEPT_SECONDS))

    def _keep(self, url: str, known: _Known) -> _Known:
        self._known[url] = known
        self._known.move_to_end(url)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return known
