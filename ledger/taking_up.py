"""Rows that were there before the ledger heard of them: recorded once, as they stand."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from ledger import timeline, verify
from ledger.models import Event

SUBJECT, VERB = "ledger", "ledger.rows_taken_up"


@transaction.atomic
def take_up(*, rows: Iterable[verify.Rows], now: datetime) -> int:
    """Record each row that no event tells of; answers how many.

    What migrations put in, or an earlier release, is thereby known. Done once for a database:
    later, a row the ledger never heard of was put in behind it. Raises nothing where it was done.
    """
    if Event.objects.filter(subject=SUBJECT, verb=VERB).exists():
        return 0
    count = record_unheard(rows=rows, now=now)
    timeline.record(
        subject=SUBJECT, verb=VERB, actor=timeline.SYSTEM, at=now, data={"count": count}
    )
    return count


def record_unheard(*, rows: Iterable[verify.Rows], now: datetime) -> int:
    """Record each row that no event tells of, in the caller's transaction; answers how many."""
    count = 0
    for source in rows:
        for ref, digest in verify.unheard(source):
            data = {"row_digest": digest}
            timeline.record(
                subject=ref, verb="row.taken_up", actor=timeline.SYSTEM, at=now, data=data
            )
            count += 1
    return count
