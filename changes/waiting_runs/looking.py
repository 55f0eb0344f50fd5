"""Looking at the runs that are due. Which are is written in their rows.

A worker takes one by moving its due time ahead by a lease, looks without holding any lock, and
writes what it found if the run is still as it took it (see `changes.sampling.working`).
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from catalog import leases, tokens
from changes import gate
from changes.gate.verdict import Verdict
from changes.models import WaitingRun
from changes.waiting_runs import deciding, saying
from changes.waiting_runs.arriving import place_it
from changes.waiting_runs.ending import JOINED, give_up, waiting
from changes.waiting_runs.timing import next_look
from changes.waiting_runs.tool import Gone
from changes.waiting_runs.tools import TOOLS
from changes.waiting_runs.words import Said
from ledger.channels.failures import NotSent
from ledger.decision import Reason

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)  # Longer than the longest look.
UNMAPPED = timedelta(minutes=1)
UNREACHED = timedelta(minutes=1)


def look_at_due(*, now: datetime) -> bool:
    """Look at the run that has been due the longest; False where none is."""
    run = _claimed(now)
    if run is None:
        return False
    try:
        _look(run, now=now)
    except Gone as why:
        give_up(run=run.pk, why=str(why), now=now)
    except NotSent as problem:
        log.warning("%s could not be looked at: %s", run.ref, problem)
        _again(run, str(problem), now=now)
    return True


def _claimed(now: datetime) -> WaitingRun | None:
    due = WaitingRun.objects.filter(state=WaitingRun.State.WAITING, look_at__lte=now)
    return leases.taken(due.select_related(*JOINED), until=now + LEASE, due="look_at")


def _look(run: WaitingRun, *, now: datetime) -> None:
    """Ask the gate whether its answer is still to wait; decide where it is not."""
    if now >= run.gives_up_at:
        _time_is_up(run, now=now)
    elif run.service is None and not place_it(run):
        _say_unmapped(run, now=now)
    elif why := _who_asks(run, now=now):
        deciding.reject(run, Said("rejected", why), now=now)
    elif run.asked_at is None:
        _decide(run, now=now)
    else:
        said = gate.peek(deciding.question(run), actor=run.asked_by, now=now)
        if said.word == "wait":
            _keep_waiting(run, said, now=now)
        else:
            _decide(run, now=now)


def _decide(run: WaitingRun, *, now: datetime) -> None:
    """Ask for good, once the tool has said that the run still waits.

    A change is started only for a run that is there.
    """
    TOOLS[run.vendor].still_waits(run, now)
    deciding.decide(run, now=now)


def _time_is_up(run: WaitingRun, *, now: datetime) -> None:
    """Refuse a run whose tool is about to stop waiting, so that it says why, if it still can."""
    if not TOOLS[run.vendor].hears_the_end:
        raise Gone(f"Nothing was decided in {(run.gives_up_at - run.arrived_at).days} days.")
    late = Reason(
        "not_decided_in_time",
        "Nothing was decided while the tool could wait.",
        "Run it again once the change may be deployed.",
        source="run",
    )
    link = deciding.link(run.change)
    deciding.reject(run, Said("rejected", (late,), run.change, link), now=now)


def _who_asks(run: WaitingRun, *, now: datetime) -> tuple[Reason, ...]:
    """Why nobody may ask any more for whom this run was kept."""
    try:
        if run.token is not None:
            tokens.demand_current(run.token, now=now)
        elif not run.asked_by.is_active:
            raise tokens.TokenRefused(
                "user_inactive",
                f"{run.asked_by.username} is no longer active.",
                "Ask for it to be activated, then run the job again.",
            )
    except tokens.TokenRefused as refused:
        return (Reason(refused.code, refused.message, refused.remedy, source="token"),)
    return ()


def _say_unmapped(run: WaitingRun, *, now: datetime) -> None:
    stage = f" and “{run.stage}”" if run.stage else ""
    reason = Reason(
        "not_mapped",
        f"Nobody has said which service and environment “{run.project}”{stage} stand for.",
        "Ask a change manager to add the mapping in Tidegate’s admin, under Door mappings; this "
        "run goes on by itself then.",
        source="door mappings",
    )
    with transaction.atomic():
        if locked := waiting(run.pk).filter(look_at=run.look_at).first():
            saying.say(locked, Said("unmapped", (reason,)), now=now)
            locked.look_at = now + UNMAPPED
            locked.save(update_fields=["look_at", "said", "times_said"])


def _keep_waiting(run: WaitingRun, said: Verdict, *, now: datetime) -> None:
    with transaction.atomic():
        if locked := waiting(run.pk).filter(look_at=run.look_at).first():
            saying.say(locked, deciding.waits(locked, said.reasons), now=now)
            locked.look_at = next_look(said.next_allowed_at, now=now)
            locked.trouble, locked.trouble_since = "", None
            locked.save()


def _again(run: WaitingRun, trouble: str, *, now: datetime) -> None:
    """Look once more in a while; since when there is trouble is kept, for `watching`."""
    mine = WaitingRun.objects.filter(pk=run.pk, state=WaitingRun.State.WAITING)
    mine.filter(look_at=run.look_at).update(
        look_at=now + UNREACHED, trouble=trouble, trouble_since=run.trouble_since or now
    )
