"""When whoever waits asks again, and how their place is said. Pure.

# Note [Nothing thunders]
Five hundred pipelines may wait for Monday 06:00. Each is told a time of its own: the instant the
calendar opens, and a quarter of a second for each place before it, so that they come back in order
and one after another. Far from it they are spread over the last ten minutes of the hour; where it
depends on others, by their place. What is random about it is drawn from the place's key, so that an
answer is the same however often it is given.
"""

from datetime import datetime, timedelta
from hashlib import sha256

SPACING = timedelta(milliseconds=250)
AT_LEAST = timedelta(seconds=5)
AT_MOST = timedelta(hours=1)
SPREAD = timedelta(minutes=10)
FOR_OTHERS = (timedelta(seconds=10), timedelta(seconds=60))
FOR_VOTES = timedelta(seconds=60)
GRACE = timedelta(minutes=5)
KEPT_FOR_CALLBACK = timedelta(days=7)
ROOM_IS_KEPT = timedelta(minutes=15)


def ask_again(
    *, opens: datetime | None, for_others: bool, number: int, key: int, now: datetime
) -> timedelta:
    """How long a place waits before it asks again.

    `opens` is when time alone lets it through, `for_others` whether nothing but others stands in
    its way, `number` its place from 1, `key` what its share of chance is drawn from.
    """
    share = _share(key)
    if opens is None:
        if not for_others:
            return FOR_VOTES * (1 + share / 4)
        shortest, longest = FOR_OTHERS
        return min(shortest * number, longest) * (1 + share / 4)
    wait = max(opens - now, AT_LEAST) + SPACING * (number - 1)
    return wait if wait <= AT_MOST else AT_MOST - SPREAD * share


def expires(*, again: timedelta, has_callback: bool, now: datetime) -> datetime:
    """When a place is lost if nobody asks again: after twice the wait and a little."""
    return now + (KEPT_FOR_CALLBACK if has_callback else 2 * again + GRACE)


def told(*, number: int, of: int, environment: str) -> str:
    """`3rd of 12 waiting for production`"""
    return f"{ordinal(number)} of {of} waiting for {environment}"


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `4th`, `11th`, `21st`"""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _share(key: int) -> float:
    """A number from 0 to 1, the same for a key whenever it is asked."""
    return int.from_bytes(sha256(str(key).encode()).digest()[:4]) / 2**32
