"""Whether every seal still states what was signed, follows the last, and fits its events."""

from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db.models import BigIntegerField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from ledger.faults import Fault
from ledger.models import Event, Seal
from ledger.seals import SEALED, SUBJECT, merkle
from ledger.seals.statement import HEAD_DIGITS, START, Heads, Leaf, digest, heads, statement

AT_ONCE = 32
NAMED_AT_MOST = 20
PublicKeys = Mapping[str, Ed25519PublicKey]


class Chain:
    """The seals one after the other, from the one after `last`."""

    def __init__(self, *, last: Seal | None, public: PublicKeys) -> None:
        self._last, self._public, self._trusted = last, public, True

    def faults(self, seal: Seal) -> Iterator[Fault]:
        """What is wrong with the next seal and the events it covers.

        What a seal states is believed, by it and by the next one, only if it was signed: so one
        forged seal makes no other a fault.
        """
        last, number = self._last, self._last.number if self._last else 0
        whole = seal.number == number + 1
        if not whole:
            yield Fault(f"SEAL-{number + 1}", _missing(number + 1, seal.number))
        wrong = self._wrong(seal)
        if wrong:
            yield Fault(seal.ref, wrong)
        elif whole and self._trusted and seal.previous_digest != (last.digest if last else START):
            before = last.ref if last else "the beginning"
            yield Fault(seal.ref, f"{seal.ref} does not follow {before}: one was replaced.")
        if not wrong:
            known = whole and self._trusted
            after = (last.last_id if last else 0) if known else seal.first_id - 1
            yield from _event_faults(seal, after=after)
        self._last, self._trusted = seal, not wrong

    def _wrong(self, seal: Seal) -> str | None:
        """How a seal fails to be one of ours."""
        stated = statement(seal)
        if digest(seal) != seal.digest:
            return f"{seal.ref} no longer states what was signed."
        if (key := self._public.get(seal.kid)) is None:
            return f"{seal.ref} is signed with the key {seal.kid}, which is none of ours."
        try:
            key.verify(bytes(seal.signature), stated)
        except InvalidSignature:
            return f"{seal.ref} has a forged signature."
        return None


def after(number: int) -> Iterator[list[Seal]]:
    """The seals after this one, some at a time."""
    while some := list(Seal.objects.filter(number__gt=number).order_by("number")[:AT_ONCE]):
        yield some
        number = some[-1].number


def record_faults(*, after: int) -> Iterator[Fault]:
    """Seals after this number that differ from what the ledger recorded of them.

    A seal that is missing among others is not named here: the next one names it.
    """
    told = _recorded(after)
    event = next(told, None)
    for number, now in _digests(after):
        while event is not None and event[0] < number:
            event = next(told, None)
        if event is None or event[0] > number:
            yield Fault(
                f"SEAL-{number}",
                f"SEAL-{number} is in the database, but the ledger never heard of it.",
            )
            continue
        if event[1] != now:
            yield Fault(
                f"SEAL-{number}",
                f"SEAL-{number} is another than the ledger recorded in event {event[2]} of ledger.",
                event[2],
            )
        event = next(told, None)
    while event is not None:
        yield Fault(
            f"SEAL-{event[0]}",
            f"SEAL-{event[0]} is gone: the ledger recorded it in event {event[2]} of ledger.",
            event[2],
        )
        event = next(told, None)


def expected(*, number: int, kept: str) -> Fault | None:
    """The fault if the seal that somebody kept elsewhere is not this ledger's; `kept` may be the
    begin of its digest, or empty where only the number is known."""
    ref = f"SEAL-{number}"
    seal = Seal.objects.filter(number=number).first()
    if seal is not None and seal.digest.startswith(kept):
        return None
    if seal is not None:
        return Fault(ref, f"{ref} is another than the one you kept: this is not that ledger.")
    newest = Seal.objects.order_by("number").last()
    ends = (
        f"the newest here is {newest.ref} of {newest.sealed_at:%Y-%m-%d %H:%M} UTC"
        if newest
        else "none is here"
    )
    return Fault(ref, f"{ref}, which you kept, is not here, {ends}: this ledger is older, or cut.")


def _missing(first: int, following: int) -> str:
    if following == first + 1:
        return f"SEAL-{first} is missing before SEAL-{following}."
    return f"SEAL-{first} to SEAL-{following - 1} are missing before SEAL-{following}."


def _event_faults(seal: Seal, *, after: int) -> Iterator[Fault]:
    """How the events differ from those that the seal covers."""
    columns = Event.objects.filter(pk__gt=after, pk__lte=seal.last_id).order_by("pk")
    events = [Leaf(*row) for row in columns.values_list(*Leaf._fields)]
    leaves = [merkle.leaf(number=event.id, digest=event.digest) for event in events]
    if leaves and merkle.root(leaves).hex() == seal.root and len(leaves) == seal.count:
        return
    how = (
        f"it covers {seal.count}, and there are {len(events)}"
        if len(events) != seal.count
        else "one was replaced or moved"
    )
    yield Fault(seal.ref, f"{seal.ref} does not fit its events any more: {how}.")
    named = list(_named(seal, seal.heads, heads(events)))
    yield from named[:NAMED_AT_MOST]
    if len(named) > NAMED_AT_MOST:
        more = len(named) - NAMED_AT_MOST
        yield Fault(seal.ref, f"{seal.ref}: the histories of {more} more subjects differ.")


def _named(seal: Seal, sealed: Heads, found: Heads) -> Iterator[Fault]:
    """Whose history differs from the heads of the seal; see Note [Heads of a seal]."""
    for subject in sorted({*sealed, *found}):
        position, was = sealed.get(subject, [0, ""])
        there, now = found.get(subject, [0, ""])
        if there < position:
            told = f"{subject} event {position}, the newest of it in {seal.ref}, is gone."
        elif there > position:
            told = f"{subject} event {there} was put in after {seal.ref} was made."
        elif was != now[:HEAD_DIGITS]:
            told = f"{subject} event {position} is another than in {seal.ref}: it was rewritten."
        else:
            continue
        yield Fault(subject, told, max(position, there))


def _digests(after: int) -> Iterator[tuple[int, str]]:
    rows = Seal.objects.filter(number__gt=after).order_by("number")
    return rows.values_list("number", "digest").iterator(chunk_size=2000)


def _recorded(after: int) -> Iterator[tuple[int, Any, int]]:
    """(number, digest, position of the event) of the seals that the ledger tells of."""
    events = Event.objects.filter(subject=SUBJECT, verb=SEALED)
    numbered = events.annotate(number=Cast(KT("data__seal"), BigIntegerField()))
    rows = numbered.filter(number__gt=after).order_by("number", "position")
    return rows.values_list("number", KT("data__digest"), "position").iterator(chunk_size=2000)
