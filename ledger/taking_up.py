"""Rows that were there before the ledger heard of them: recorded once, as they stand."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from ledger import timeline, verify

SUBJECT, VERB = "ledger", verify.TAKEN_UP


@transaction.atomic
def take_up(*, rows: Sequence[verify.Kept], now: datetime) -> int:
    """Record each row that no event tells of; answers how many.

    What migrations put in, or an earlier release, is thereby known. Done once for each kind of row
    in a database: later, a row the ledger never heard of was put in behind it. A release that
    compares more kinds takes those up when the database is next prepared.
    """
    known = verify.taken_up()
    new = [one for one in rows if one.kind not in known]
    if not new:
        return 0
    count = record_unheard(rows=new, now=now)
    data = {"count": count, "kinds": [one.kind for one in new]}
    timeline.record(subject=SUBJECT, verb=VERB, actor=timeline.SYSTEM, at=now, data=data)
    return count


def record_unheard(*, rows: Iterable[verify.Rows], now: datetime) -> int:
    """Record each row that no event tells of, in the caller's transaction; answers how many."""
    count = 0
    for source in rows:
        for ref, digest in verify.unheard(source):
            subject, _, beside = ref.partition(" ")
            says = {"rows": {ref: digest}} if beside else {"row_digest": digest}
            timeline.record(
                subject=subject, verb="row.taken_up", actor=timeline.SYSTEM, at=now, data=says
            )
            count += 1
    return count
