"""The list of permits that start nothing, for whoever verifies permits offline.

# Note [The list is signed]
A permit is verified with the published keys alone, so that a cluster need not ask us. What it
cannot know is which were taken back. The list says so, signed like permits (`typ` tells the two
apart), so that it can be carried through caches and into closed networks. It counts until its
`exp`; a verifier whose list is older fetches it anew, or trusts no permit.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from changes.permits.signing import ISSUER, key_pair, signed
from changes.queries import permits as found

LIST_TYPE = "revocations+jwt"
FRESH_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class RevokedPermits:
    """`permits` are pairs of id and expiry, by id; `signed` says the same as a compact JWT."""

    as_of: datetime
    fresh_until: datetime
    permits: list[tuple[str, datetime]]
    signed: str


def revoked(*, now: datetime) -> RevokedPermits:
    """Every permit that starts nothing although it has not expired, as of the last full minute."""
    permits = found.void(now=now)
    as_of = now.replace(second=0, microsecond=0)
    fresh_until = as_of + FRESH_FOR
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "iat": int(as_of.timestamp()),
        "exp": int(fresh_until.timestamp()),
        "revoked": [{"jti": key, "exp": int(ends.timestamp())} for key, ends in permits],
    }
    text = signed(claims, typ=LIST_TYPE, pair=key_pair(None, now=now))
    return RevokedPermits(as_of, fresh_until, permits, text)
