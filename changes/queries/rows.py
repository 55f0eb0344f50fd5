"""Digests of rows as they stand, to compare with what the ledger last recorded of them."""

from collections.abc import Iterator

from changes.models import Change, Vote
from ledger.canonical import sha256_hex


def row_digest(change: Change) -> str:
    """SHA-256 over every column of the change."""
    return sha256_hex(
        {field.attname: getattr(change, field.attname) for field in Change._meta.concrete_fields}
    )


def vote_digest(vote: Vote) -> str:
    """SHA-256 over every column of the vote."""
    return sha256_hex(
        {field.attname: getattr(vote, field.attname) for field in Vote._meta.concrete_fields}
    )


def vote_ref(vote: Vote) -> str:
    """How the ledger names a vote: `CHG-12 vote 7`."""
    return f"CHG-{vote.change_id} vote {vote.pk}"


def row_digests() -> Iterator[tuple[str, str]]:
    """(ref, digest) of every change and every vote, streamed."""
    for change in Change.objects.order_by("pk").iterator(chunk_size=2000):
        yield change.ref, row_digest(change)
    for vote in Vote.objects.order_by("pk").iterator(chunk_size=2000):
        yield vote_ref(vote), vote_digest(vote)
