"""How often a sign-in may fail: ten times in a quarter of an hour, per name and address.

# Note [An attempt counts before it is tried]
Attempts are counted before the password is looked at, one after another under a lock, and forgotten
when it was right. Counted afterwards, a hundred guesses sent at once would all be tried.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from django.core.cache import cache
from django.db import connection, transaction

AT_MOST = 10
WITHIN = timedelta(minutes=15)


def admit(*, name: str, address: str, now: datetime) -> datetime | None:
    """Count one attempt; None when it may be tried, else the instant from which one may."""
    key = _key(name, address)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        tried = [at for at in cache.get(key, []) if at > now - WITHIN]
        if len(tried) >= AT_MOST:
            return min(tried) + WITHIN
        cache.set(key, [*tried, now], timeout=WITHIN.total_seconds())
    return None


def forget(*, name: str, address: str) -> None:
    """The password was right: earlier attempts no longer count."""
    cache.delete(_key(name, address))


def _key(name: str, address: str) -> str:
    """Names are cut to a digest: a cache key takes neither spaces nor 2,000 letters."""
    told = f"{name.casefold()}\n{address}".encode()
    return f"failed-sign-ins:{sha256(told).hexdigest()}"
