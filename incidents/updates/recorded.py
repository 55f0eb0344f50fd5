"""What the ledger knows of updates and notices, so that one that was edited in SQL is named."""

from collections.abc import Iterator

from incidents.models import Notice, Update
from ledger import rows


def digest(update: Update) -> str:
    """SHA-256 over what it says; when its subscribers were told decides nothing."""
    update.subscribers_told_at = None
    return rows.digest(update)


def notice_digest(notice: Notice) -> str:
    """SHA-256 over what it says, and of which components."""
    slugs = sorted(one.slug for one in notice.components.all())
    return rows.digest(notice, besides={"components": slugs})


def row_digests() -> Iterator[tuple[str, str]]:
    """(ref, digest) of every update and notice."""
    for update in rows.streamed(Update.objects.all()):
        yield update.ref, digest(update)
    for notice in Notice.objects.order_by("pk").prefetch_related("components"):
        yield notice.ref, notice_digest(notice)
