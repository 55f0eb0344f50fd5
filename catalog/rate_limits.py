"""How often a token may be used: so many requests a minute of each kind, counted apart.

# Note [Counting without asking]
A request is counted in the process that answers it, in a bucket that leaks: no statement. What a
process let through it adds to a row that all share, once it is a quarter of what may come at once,
and learns there what the others let through, which fills its own bucket. So of two processes each
knows of the other but for that quarter: of n processes a token may get through a quarter more at
once for each but the first, and over a minute what is allowed. A token that is used less than that
costs no statement at all, and whoever is refused adds nothing. The rows survive no crash, and need
not.

# Note [What is polled]
A pipeline that is told to wait asks again when we say, and one that is refused for asking often
fails: so no poll is ever counted, whoever sends it, nor what an answer is verified with. Everything
else that is read may be read too often. A token's own limit is for asking and writing; it lets it
read more, never less than usual.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from django.conf import settings
from rest_framework.exceptions import APIException

from catalog import statements
from catalog.addresses import address_of
from catalog.models import ApiToken

GATE_PATH: Final = "/api/v1/gate"
LIMITED: Final = "/api/v1/"
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
POLLED: Final = re.compile(
    r"/api/v1/(gate(/.*)?|permits(/.*)?|changes/[^/]+/rollout|incidents/[^/]+/verification)"
)
AT_ONCE: Final = 6  # of a minute's allowance, one part of so many may come at once
HEARD_EVERY: Final = 4  # of what may come at once, a process hears of others after one part
MOST_BUCKETS: Final = 20_000
_ADD = """
INSERT INTO catalog_usage (token_id, kind, minute, count)
VALUES (%(token)s, %(kind)s, %(minute)s, %(count)s)
ON CONFLICT (token_id, kind) DO UPDATE SET minute = excluded.minute, count = excluded.count
    + CASE WHEN catalog_usage.minute = excluded.minute THEN catalog_usage.count ELSE 0 END
RETURNING count
"""


class Kind(StrEnum):
    """What is counted apart."""

    GATE = "gate"
    WRITES = "writes"
    READS = "reads"


DOES: Final = {Kind.GATE: "asks the gate", Kind.WRITES: "writes", Kind.READS: "reads"}


class TooOften(APIException):
    """429: come again after `wait` seconds."""

    status_code = 429
    code = "too_many_requests"

    def __init__(self, message: str, *, wait: float) -> None:
        self.wait = math.ceil(wait)
        super().__init__(f"{message} Try again in {self.wait} s.", self.code)


@dataclass(slots=True)
class _Bucket:
    """How full it was, and when; what of it nobody else knows, and how many all had counted."""

    level: float = 0.0
    at: float = 0.0
    untold: int = 0
    minute: int = 0
    known: int = 0

    def leak(self, *, rate: float, now: float) -> None:
        self.level = max(0.0, self.level - rate * max(0.0, now - self.at))
        self.at = now

    def wait(self, *, rate: float, at_once: float) -> float:
        """The seconds until another fits in."""
        return max(0.0, self.level + 1 - at_once) / rate


_Key = TypeVar("_Key")
_buckets: dict[tuple[int, str], _Bucket] = {}
_failures: dict[str, _Bucket] = {}


def kind_of(*, method: str, path: str) -> Kind | None:
    """What a request counts as; None for what is polled, and for other tools' doors, which poll."""
    if not path.startswith(LIMITED):
        return None
    if method in READS:
        return None if POLLED.fullmatch(path) else Kind.READS
    return Kind.GATE if path == GATE_PATH else Kind.WRITES


def demand(*, token: ApiToken, kind: Kind, now: datetime) -> None:
    """Count a request of this token; raises `TooOften` where it comes too soon."""
    usual = settings.RATE_LIMITS[kind]
    per_minute = token.per_minute or usual
    if kind is Kind.READS:
        per_minute = max(per_minute, usual) if usual else 0
    if not per_minute:
        return
    bucket = _kept(_buckets, (token.pk, kind))
    at, rate, at_once = now.timestamp(), per_minute / 60, max(1, per_minute // AT_ONCE)
    bucket.leak(rate=rate, now=at)
    if wait := bucket.wait(rate=rate, at_once=at_once):
        raise TooOften(
            f"The token “{token.name}” {DOES[kind]} more than {per_minute} times a minute.",
            wait=wait,
        )
    bucket.level += 1
    bucket.untold += 1
    if bucket.untold * HEARD_EVERY >= at_once:
        _hear(bucket, token=token.pk, kind=kind, at=at, most=2 * at_once)


def _hear(bucket: _Bucket, *, token: int, kind: Kind, at: float, most: float) -> None:
    """Tell the others what was let through here, and count what they let through."""
    minute = int(at // 60)
    values = {"token": token, "kind": str(kind), "minute": minute, "count": bucket.untold}
    ((count,),) = statements.fetched(_ADD, values)
    before = bucket.known if bucket.minute == minute else 0
    others = max(0, count - before - bucket.untold)
    bucket.level = min(bucket.level + others, most)
    bucket.untold, bucket.minute, bucket.known = 0, minute, count


def failed(sent: Mapping[str, str], *, now: datetime) -> None:
    """Count a secret that opened nothing; raises `TooOften` for an address of too many.

    Whoever comes from there with one that opens something is never asked: many may share an
    address.
    """
    per_minute = settings.RATE_LIMITS["failures"]
    if not per_minute:
        return
    bucket, rate = _kept(_failures, address_of(sent)), per_minute / 60
    bucket.leak(rate=rate, now=now.timestamp())
    if wait := bucket.wait(rate=rate, at_once=per_minute):
        raise TooOften("Too many secrets from your address opened nothing.", wait=wait)
    bucket.level += 1


def forget() -> None:
    """Begin anew, as a process does that starts."""
    _buckets.clear()
    _failures.clear()


def _kept(buckets: dict[_Key, _Bucket], key: _Key) -> _Bucket:
    """The bucket of this key; of too many the oldest is forgotten."""
    found = buckets.get(key)
    if found is None:
        if len(buckets) >= MOST_BUCKETS:
            buckets.pop(next(iter(buckets)))
        found = buckets[key] = _Bucket()
    return found
