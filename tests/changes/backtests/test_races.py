"""Two workers at one run over the past: each change is looked at once, by whichever of them."""

from changes import backtests
from changes.models import Backtest, BacktestHit
from tests.changes.backtests.past import AFTERWARDS, asked, lived, run
from tests.changes.policies.custom.given import is_
from tests.changes.test_races import at_once, pytestmark, settled_for_all
from tests.living import at

__all__ = ["pytestmark", "settled_for_all"]
ANYTHING = {"all": [is_("tier", 1, "at_least")]}


def working(job: Backtest):
    """A worker that goes on until there is nothing more for it."""

    def work() -> None:
        while backtests.work(backtest=job.pk, now=at(AFTERWARDS), rows=1):
            pass

    return work


def test_two_workers_never_look_at_a_change_twice() -> None:
    past = lived()
    alone = run(asked(conditions=ANYTHING, verbs=["start"]), rows=1)
    job = asked(conditions=ANYTHING, verbs=["start"])

    at_once(working(job), working(job), working(job))
    job = run(job, rows=1)  # where each left because another was at it

    names = ("total", "seen", "went_wrong", "met", "met_wrong", "met_followed", "state")
    assert {name: getattr(job, name) for name in names} == {
        name: getattr(alone, name) for name in names
    }
    hits = BacktestHit.objects.filter(backtest=job).order_by("change")
    assert list(hits.values_list("change", flat=True)) == sorted(one.pk for one in past.values())


def test_two_who_finish_one_run_end_it_once() -> None:
    lived()
    job = asked(conditions=ANYTHING, verbs=["start"])
    whole = [lambda: backtests.work(backtest=job.pk, now=at(AFTERWARDS), rows=100)] * 2

    at_once(*whole)

    job.refresh_from_db()
    assert (job.state, job.seen, job.met) == ("done", job.total, job.total)
