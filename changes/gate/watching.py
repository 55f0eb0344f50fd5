"""What a web process remembers of the questions that are polled: whether anything has changed.

See Note [What a poll looks at] in `changes.queries.watched`. Nothing is decided here: where
anything differs, or the clock has passed what was looked at, the question is asked again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from catalog import statements
from catalog.statements import Link
from changes.gate import lasting, standing, turns
from changes.gate.verdict import retry_after
from changes.gate.words import Answer
from changes.policies import Facts
from changes.queries import watched

AT_MOST = 10_000  # then those watched longest are forgotten
Key = tuple[str, str]  # of a decision and of the token that polls it


class Wait(NamedTuple):
    """What says when to poll again: when time lets through, whether only others are in the way."""

    opens: datetime | None
    for_others: bool
    number: int

    def retry_after(self, *, place: int, now: datetime) -> timedelta:
        """For whoever has the place, or none (0)."""
        if not place:
            return retry_after(self.opens, now=now)
        again = turns.ask_again(
            opens=self.opens, for_others=self.for_others, number=self.number, key=place, now=now
        )
        return timedelta(seconds=int(again.total_seconds()))


@dataclass(frozen=True, slots=True)
class Watched:
    """A question, what was seen when it was asked, and until when time alone changes nothing."""

    asked: dict[str, Any]
    sight: bytes
    whole: bool
    until: datetime
    tag: str
    username: str
    wait: Wait | None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """What was told before still holds: by which tag, to whom, and when to poll again."""

    tag: str
    username: str
    retry_after: timedelta | None


_watched: dict[Key, Watched] = {}


def unchanged(key: Key, *, now: datetime, over: Link = statements) -> Unchanged | None:
    """Whether what was told last still holds; None where it must be asked again.

    One statement; two once in a while, to keep the place in the queue.
    """
    known = _watched.get(key)
    if known is None or now >= known.until:
        return None
    seen = watched.look(known.asked, now=now, whole=known.whole, over=over)
    if seen.sight != known.sight:
        _watched.pop(key, None)
        return None
    again = known.wait.retry_after(place=seen.place, now=now) if known.wait else None
    if seen.place:
        _keep_place(seen, again=again or turns.AT_LEAST, now=now, over=over)
    return Unchanged(known.tag, known.username, again)


def remember(key: Key, told: Watched) -> None:
    """Keep what was told, with what was seen before it was decided."""
    _watched.pop(key, None)
    if len(_watched) >= AT_MOST:
        _watched.pop(next(iter(_watched)), None)
    _watched[key] = told


def wait_of(answer: Answer) -> Wait | None:
    """What an answer says of polling again; None where nothing is waited for."""
    if answer.decision != "wait":
        return None
    number = answer.place.number if answer.place else 0
    return Wait(answer.next_allowed_at, standing.only_for_others(answer.reasons), number)


def forget_all() -> None:
    """As a process that has just begun."""
    _watched.clear()


def until(answer: Answer, facts: Facts, *, now: datetime) -> datetime:
    """The first instant at which time alone may change an answer; see `lasting`."""
    told = (*answer.reasons, *answer.warnings)
    return lasting.until(told, (answer.next_allowed_at, answer.expires_at), facts, now=now)


def _keep_place(seen: watched.Seen, *, again: timedelta, now: datetime, over: Link) -> None:
    """Write that the place is kept, when it would be lost before long."""
    if seen.lost_at - now.timestamp() < (again + turns.GRACE / 2).total_seconds():
        ends = turns.expires(again=again, has_callback=False, now=now)
        watched.renew(place=seen.place, until=ends, now=now, over=over)
