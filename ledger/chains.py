"""Chains: whether each event says what was recorded, and follows the one before it.

# Note [Digest of an event]
`content_digest` is SHA-256 over the canonical JSON of {about, actor, at, data, subject, verb}, made
by `ledger.timeline.record`. `digest` is made by the database when it links the event to its
subject's previous one: SHA-256 over the UTF-8 text of four lines without a final line feed:

    subject
    position            decimal, from 1
    previous_digest     64 hex digits; zeros for the first event
    content_digest      64 hex digits

Both are lower-case hex. So no event can be edited, dropped from the middle, moved or put in without
breaking every link after it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import NamedTuple

from django.db.models import OuterRef, Subquery

from ledger.faults import Fault, Seen
from ledger.models import Event
from ledger.timeline import content_digest

START = "0" * 64


class Link(NamedTuple):
    """An event as it is verified; `before` is the digest of its predecessor, if there is one."""

    subject: str
    position: int
    about: list[str]
    verb: str
    actor: str
    at: datetime
    data: dict[str, object]
    content_digest: str
    previous_digest: str
    digest: str
    before: str | None


def faults(*, after: int, upto: int | None, seen: Seen) -> Iterator[Fault]:
    """What is wrong with the events whose ids are above `after` and at most `upto`, streamed.

    Of each subject the first broken link, and every event that no longer says what was recorded.
    """
    for subject, links in groupby(_links(after, upto), key=lambda link: link.subject):
        yield from _chain_faults(subject, links, seen=seen)


def link_digest(*, subject: str, position: int, previous: str, content: str) -> str:
    """What the database must have set as an event's `digest`; see Note [Digest of an event]."""
    return sha256(f"{subject}\n{position}\n{previous}\n{content}".encode()).hexdigest()


def _links(after: int, upto: int | None) -> Iterator[Link]:
    """By subject and position. The predecessor may be outside: ids are drawn before positions."""
    events = Event.objects.filter(pk__gt=after)
    if upto is not None:
        events = events.filter(pk__lte=upto)
    predecessor = Event.objects.filter(
        subject=OuterRef("subject"), position=OuterRef("position") - 1
    )
    events = events.annotate(before=Subquery(predecessor.values("digest")[:1]))
    columns = events.order_by("subject", "position").values_list(*Link._fields)
    return map(Link._make, columns.iterator(chunk_size=2000))


def _chain_faults(subject: str, links: Iterable[Link], *, seen: Seen) -> Iterator[Fault]:
    whole = True
    for link in links:
        seen.one_more("events")
        seen.subjects += link.position == 1
        if whole and (broken := _break(link)):
            whole = False
            yield Fault(subject, broken, link.position)
        if link.content_digest != _content(link):
            yield Fault(
                subject,
                f"{subject} event {link.position} ({link.verb}) no longer says what was recorded.",
                link.position,
            )


def _break(link: Link) -> str | None:
    """How a link fails to follow the event before it."""
    here = f"{link.subject} event {link.position}"
    before = START if link.position == 1 else link.before
    if before is None:
        last = _last_before(link)
        gone = f"event {last + 1}" + ("" if link.position == last + 2 else " and more")
        return f"{link.subject} {gone} is missing before event {link.position} ({link.verb})."
    if link.previous_digest != before:
        return f"{here} ({link.verb}) does not follow event {link.position - 1}: one was replaced."
    expected = link_digest(
        subject=link.subject,
        position=link.position,
        previous=link.previous_digest,
        content=link.content_digest,
    )
    return None if link.digest == expected else f"{here} ({link.verb}) has a forged digest."


def _last_before(link: Link) -> int:
    """The position of the nearest event before this one that is there; 0 for none."""
    earlier = Event.objects.filter(subject=link.subject, position__lt=link.position)
    return earlier.order_by("-position").values_list("position", flat=True).first() or 0


def _content(link: Link) -> str:
    return content_digest(
        subject=link.subject,
        about=link.about,
        verb=link.verb,
        actor=link.actor,
        at=link.at,
        data=link.data,
    )
