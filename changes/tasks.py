"""Work of changes that workers do."""

from datetime import timedelta

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from changes import (
    backtests,
    calendars,
    clocks,
    conflicts,
    escalations,
    gate,
    lifecycle,
    meetings,
    permits,
    sampling,
    sightings,
    silences,
    standards,
    track_records,
    waiting_runs,
)
from changes.backtests.asking import TASK
from ledger import wake

_AT_ONCE = 5
_PLACES_AT_ONCE = 50
_GAPS_AT_ONCE = 500
_ROUNDS = 20
_CALENDAR_ROUNDS = 6  # Thirty slow servers take as long as a task may.
_LOOKS = 15  # As many slow servers take as long as a task may.
_CANARY_LOOKS = _LOOKS // 3  # Each may ask three times: traffic, canary, baseline.
_TURN = timedelta(seconds=20)


@shared_task(name="changes.read_calendars")
def read_calendars() -> None:
    """Read the calendars that are due, with a fresh clock every five."""
    for _ in range(_CALENDAR_ROUNDS):
        if calendars.poll_due(now=timezone.now(), limit=_AT_ONCE) < _AT_ONCE:
            return


@shared_task(name="changes.watch_checks")
def watch_checks() -> None:
    """Look at the checks that are due, with a fresh clock for each."""
    for _ in range(_LOOKS):
        if not sampling.look_at_due(now=timezone.now()):
            return


@shared_task(name="changes.watch_canaries")
def watch_canaries() -> None:
    """Look at the measures of canaries that are due, with a fresh clock for each."""
    for _ in range(_CANARY_LOOKS):
        if not sampling.look_at_steps(now=timezone.now()):
            return


@shared_task(name="changes.look_for_conflicts")
def look_for_conflicts() -> None:
    """Tell changes that moved, and those they meet, with a fresh clock every fifty."""
    for _ in range(_ROUNDS):
        if conflicts.look_again(now=timezone.now(), limit=_PLACES_AT_ONCE) < _PLACES_AT_ONCE:
            return


@shared_task(name="changes.tell_of_clocks")
def tell_of_clocks() -> None:
    """Remind of what emergencies owe, and say when it is late, with a fresh clock every fifty."""
    for _ in range(_ROUNDS):
        if clocks.tick(now=timezone.now(), limit=_PLACES_AT_ONCE) < _PLACES_AT_ONCE:
            return


@shared_task(name="changes.judge_deployments")
def judge_deployments() -> None:
    """Judge the deployments that were seen, with a fresh clock every fifty."""
    sightings.map_anew(now=timezone.now(), limit=_GAPS_AT_ONCE)
    for _ in range(_ROUNDS):
        if sightings.judge(now=timezone.now(), limit=_PLACES_AT_ONCE) < _PLACES_AT_ONCE:
            return


@shared_task(name="changes.count_deployments")
def count_deployments() -> None:
    """Count the days that are over, with a fresh clock every five."""
    for _ in range(_ROUNDS):
        if sightings.count_days(now=timezone.now(), limit=_AT_ONCE) < _AT_ONCE:
            return


@shared_task(name="changes.advance_queue")
def advance_queue() -> None:
    """Look after whoever waits at the gate, with a fresh clock every fifty."""
    for _ in range(_ROUNDS):
        if gate.advance(now=timezone.now(), limit=_PLACES_AT_ONCE) < _PLACES_AT_ONCE:
            return


@shared_task(name=waiting_runs.TASK)
def look_at_runs() -> None:
    """Look at answers that are late; then, for a while, at the runs that wait to be told."""
    begun = timezone.now()
    waiting_runs.watch(now=begun, limit=_PLACES_AT_ONCE)
    while waiting_runs.look_at_due(now=timezone.now()):
        if timezone.now() - begun > _TURN:
            return


@shared_task(name=TASK)
def work_on_backtest(backtest: int) -> None:
    """Work on a run for a while, then hand it on, so that others have their turn."""
    begun = timezone.now()
    try:
        while backtests.work(backtest=backtest, now=timezone.now()):
            if timezone.now() - begun > _TURN:
                wake.broker.publish(TASK, backtest)
                return
    except OperationalError:
        raise  # The database was away: the run is as it was, and the timetable hands it out again.
    except Exception as problem:
        backtests.fail(backtest=backtest, why=str(problem), now=timezone.now())
        raise


@shared_task(name="changes.resume_backtests")
def resume_backtests() -> None:
    """Hand out again the runs whose worker or message was lost."""
    for backtest in backtests.due(now=timezone.now()):
        wake.broker.publish(TASK, backtest)


@shared_task(name="changes.prepare_meetings")
def prepare_meetings() -> None:
    """Plan meetings, fill their agendas, close those whose time has come."""
    meetings.tick(now=timezone.now(), limit=_PLACES_AT_ONCE)


@shared_task(name="changes.judge_templates")
def judge_templates() -> None:
    """Suspend the templates whose use a major incident followed."""
    standards.judge_all(now=timezone.now(), limit=_PLACES_AT_ONCE)


@shared_task(name="changes.count_track_records")
def count_track_records() -> None:
    """Bring up to date how changes went."""
    track_records.count(now=timezone.now())


@shared_task(name="changes.chase_votes")
def chase_votes() -> None:
    """Remind whoever owes a vote, and escalate, with a fresh clock every fifty."""
    for _ in range(_ROUNDS):
        if escalations.chase(now=timezone.now(), limit=_PLACES_AT_ONCE) < _PLACES_AT_ONCE:
            return


@shared_task(name="changes.look_for_approval_gaps")
def look_for_approval_gaps() -> None:
    """Tell of waiting changes that nobody is left to approve."""
    escalations.look_for_gaps(now=timezone.now(), limit=_GAPS_AT_ONCE)


@shared_task(name="changes.tend_permit_keys")
def tend_permit_keys() -> None:
    """Publish the next key, put it in use, or drop a retired one, when that is due."""
    permits.tend_keys(now=timezone.now())


@shared_task(name="changes.close_what_succeeded")
def close_what_succeeded() -> None:
    """Close standard changes whose checks have come to hold."""
    lifecycle.close_due(now=timezone.now(), limit=_PLACES_AT_ONCE)


@shared_task(name="changes.follow_silences")
def follow_silences() -> None:
    """Silence the alerts of changes that run, and lift the silences of those that do not."""
    silences.want(now=timezone.now())
    for _ in range(_PLACES_AT_ONCE):
        if not silences.look_at_due(now=timezone.now()):
            return
