"""Looking at the checks that are due. Which are is written in their rows.

A worker takes one by moving its due time ahead by a lease, looks without holding any lock, and
writes what it found if the run is still as it took it. So any number of workers may look, and of
one that was killed only the look is lost: after the lease another takes the run.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from catalog import leases
from changes.lifecycle import check_runs
from changes.models import CheckRun, CheckSample
from changes.policies import soaking
from changes.policies.reasons import moment, spell
from changes.policies.soaking import Sample, Watch
from changes.queries.refs import locked
from changes.sampling.looking import look
from changes.states import State
from ledger.decision import rfc3339

LEASE = timedelta(seconds=45)  # Longer than the longest look.
KEPT = 240
TOLD = 60
_SAID = CheckSample._meta.get_field("said").max_length or 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that was taken, until `due_at`."""

    run: CheckRun
    due_at: datetime


def look_at_due(*, now: datetime) -> bool:
    """Look at the check that has been due the longest; False where none is."""
    claim = claimed(now)
    if claim is None:
        return False
    run, begun = claim.run, time.monotonic()
    sample = look(asks=run.asks, server=run.server, now=now)
    keep(claim, sample, took_ms=round((time.monotonic() - begun) * 1000))
    return True


def claimed(now: datetime) -> Claim | None:
    """The check that has been due the longest and is free, taken for the length of a lease."""
    due = CheckRun.objects.filter(state=CheckRun.State.RUNNING, due_at__lte=now)
    run = leases.taken(due.select_related("server"), until=now + LEASE)
    return Claim(run, now + LEASE) if run is not None else None


@transaction.atomic
def keep(claim: Claim, sample: Sample, *, took_ms: int) -> None:
    """Write the look and what follows from it, unless another worker or the change went on.

    The change is locked before the run, as the lifecycle does.
    """
    change = locked(ref=f"CHG-{claim.run.change_id}")
    run = CheckRun.objects.select_for_update().get(pk=claim.run.pk)
    if run.state != CheckRun.State.RUNNING or run.due_at != claim.due_at:
        return
    run.change = change
    CheckSample.objects.create(
        run=run,
        at=sample.at,
        holds=sample.holds,
        value=sample.value,
        word=str(sample.word),
        said=sample.said[:_SAID],
        took_ms=took_ms,
    )
    watch = soaking.after(_watch(run), sample)
    run.holding_since, run.last_at, run.due_at = watch.holding_since, watch.last_at, watch.due_at
    run.looks += 1
    run.failures += not sample.holds
    if change.state not in (State.IMPLEMENTING, State.VALIDATING):
        run.state, run.due_at, run.ended_at = CheckRun.State.CANCELLED, None, sample.at
    elif watch.passed is not None:
        check_runs.conclude(
            run,
            passed=watch.passed,
            detail=_detail(run, watch, sample, zone=change.team.time_zone),
            evidence=_evidence(run, watch),
            now=sample.at,
        )
    run.save()
    _forget(run)


def _watch(run: CheckRun) -> Watch:
    return Watch(
        run.started_at,
        run.interval,
        run.soak,
        run.give_up_after,
        holding_since=run.holding_since,
        last_at=run.last_at,
    )


def _detail(run: CheckRun, watch: Watch, sample: Sample, *, zone: str) -> str:
    """How it ended, in a sentence or two."""
    looks = f"{run.looks} look{'s' if run.looks > 1 else ''}, {run.failures} of them did not hold."
    if watch.passed and watch.soak and watch.holding_since:
        since = moment(watch.holding_since, zone)
        return f"It held for {spell(watch.soak)} since {since}. {sample.said} {looks}"
    if watch.passed or sample.word is soaking.Look.ALERTS:
        return f"{sample.said} {looks}"
    return f"Given up after {spell(watch.give_up_after)}. {sample.said} {looks}"


def _evidence(run: CheckRun, watch: Watch) -> dict[str, Any]:
    """What was looked at, when, and what was found: the newest looks, oldest first."""
    newest = list(run.samples.order_by("-id")[:TOLD])
    return {
        "rule": run.rule_id,
        "asks": run.asks,
        "started_at": rfc3339(run.started_at),
        "held_since": rfc3339(watch.holding_since),
        "soak_seconds": round(run.soak.total_seconds()),
        "interval_seconds": round(run.interval.total_seconds()),
        "looks": run.looks,
        "failures": run.failures,
        "samples": [
            {"at": rfc3339(one.at), "found": one.word, "value": one.value, "said": one.said}
            for one in reversed(newest)
        ],
    }


def _forget(run: CheckRun) -> None:
    """Keep the newest looks only."""
    if run.looks > KEPT:
        old = list(run.samples.order_by("-id").values_list("pk", flat=True)[KEPT : KEPT + 50])
        CheckSample.objects.filter(pk__in=old).delete()
