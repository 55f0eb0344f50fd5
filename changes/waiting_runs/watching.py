"""Watching the answers on their way: a run that hears nothing waits for ever, unseen."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from changes.models import WaitingRun
from changes.waiting_runs.arriving import record
from changes.waiting_runs.ending import JOINED
from ledger import timeline
from ledger.models import Delivery

LATE_AFTER = timedelta(minutes=10)
LOOKED_BACK = timedelta(days=2)
LENT_FOR = timedelta(hours=48)
State = WaitingRun.State


def watch(*, now: datetime, limit: int) -> int:
    """Tell of runs that could not be looked at or answered for a while; answers how many.

    Told once for each run. What tools lent is forgotten when it has expired.
    """
    _forget_expired(now=now)
    late = list(_late(now).values_list("pk", flat=True)[:limit])
    return sum(_tell(run, now=now) for run in late)


def _late(now: datetime) -> QuerySet[WaitingRun]:
    since = now - LATE_AFTER
    ended = Q(ended_at__lte=since, ended_at__gte=now - LOOKED_BACK)
    decided = Q(state__in=[State.APPROVED, State.REJECTED]) & ended
    unanswered = decided & ~Q(answer__status=Delivery.Status.SENT)
    unreached = Q(state=State.WAITING, trouble_since__lte=since)
    return WaitingRun.objects.filter(unanswered | unreached, called_late_at__isnull=True)


@transaction.atomic
def _tell(run: int, *, now: datetime) -> bool:
    rows = WaitingRun.objects.select_for_update(of=("self",), skip_locked=True)
    row = rows.select_related(*JOINED, "answer").filter(pk=run, called_late_at__isnull=True).first()
    if row is None:
        return False
    row.called_late_at = now
    row.save(update_fields=["called_late_at"])
    why = row.answer.last_error if row.answer else row.trouble
    record(row, "run.late", actor=timeline.SYSTEM, now=now, why=why)
    return True


def _forget_expired(*, now: datetime) -> None:
    """Of an answer that was sent, or a token that has expired, nothing is kept."""
    lent = WaitingRun.objects.exclude(sealed_token=b"")
    lent.filter(arrived_at__lte=now - LENT_FOR).update(sealed_token=b"")
