"""Working on a backtest: a chunk of changes and what was found of them, in one transaction.

# Note [A run that is killed]
The row is locked while a chunk is worked on, and says how far it came in the transaction that keeps
what was found. So a chunk is done once or not at all, by whichever worker; who finds the row locked
leaves it. Runs that nobody worked on for a while are due, and the timetable hands them out again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from changes.backtests.judging import Judge, judge_of
from changes.models import Backtest, BacktestHit
from changes.queries import past
from changes.queries.past import Past

CHUNK = 2000
QUIET_FOR = timedelta(seconds=30)
GOING = (Backtest.State.WAITING, Backtest.State.RUNNING)


@transaction.atomic
def work(*, backtest: int, now: datetime, rows: int = CHUNK) -> bool:
    """Look at the next `rows` changes of a run; answers whether there is more to do.

    Does nothing for a run that is over, or that another worker is at.
    """
    open_runs = Backtest.objects.select_for_update(skip_locked=True).filter(state__in=GOING)
    job = open_runs.filter(pk=backtest).first()
    if job is None:
        return False
    if job.total is None:
        found = past.extent(since=job.since, until=job.until)
        job.total, job.last, job.state = found.total, found.last, Backtest.State.RUNNING
    judge, fields = judge_of(job)
    period = {"since": job.since, "until": job.until}
    looked_at = list(
        past.chunk(**period, after=job.cursor, last=job.last, limit=rows, fields=fields)
    )
    _take(job, judge, looked_at)
    job.beat_at = now
    more = len(looked_at) == rows
    if not more:
        job.state, job.ended_at = Backtest.State.DONE, now
    job.save()
    return more


def _take(job: Backtest, judge: Judge, looked_at: Sequence[Past]) -> None:
    """Count what was looked at, and keep what would have been met."""
    hits = []
    for one in looked_at:
        job.went_wrong += one.went_wrong
        met = judge(one)
        if met is None:
            continue
        job.met_wrong += one.went_wrong
        job.met_followed += one.incident is not None and not one.went_wrong
        verb, at = met
        hits.append(
            BacktestHit(
                backtest=job,
                change=one.number,
                title=one.title,
                team=one.facts.team,
                service=one.facts.service,
                verb=verb,
                at=at,
                outcome=one.outcome,
                went_wrong=one.went_wrong,
                incident=one.incident,
            )
        )
    BacktestHit.objects.bulk_create(hits, batch_size=1000)
    job.met += len(hits)
    job.seen += len(looked_at)
    job.cursor = looked_at[-1].number if looked_at else job.last


def due(*, now: datetime) -> list[int]:
    """The runs that are going on and that nobody worked on lately; see Note [A run that is
    killed]."""
    lately = Q(beat_at__gt=now - QUIET_FOR) | Q(beat_at=None, asked_at__gt=now - QUIET_FOR)
    rows = Backtest.objects.filter(state__in=GOING).exclude(lately)
    return list(rows.order_by("id").values_list("id", flat=True))


@transaction.atomic
def fail(*, backtest: int, why: str, now: datetime) -> None:
    """Write down that a run cannot go on; one that is over stays as it ended."""
    Backtest.objects.filter(pk=backtest, state__in=GOING).update(
        state=Backtest.State.FAILED, ended_at=now, failure=why[:500]
    )
