"""Runs of checks that go on, with their newest looks."""

from dataclasses import dataclass

from changes.models import Change, CheckRun, CheckSample
from changes.policies import Facts

SHOWN = 60


@dataclass(frozen=True, slots=True)
class Running:
    """A run that goes on; `samples` are its newest looks, oldest first."""

    run: CheckRun
    samples: list[CheckSample]


def running(change: Change, facts: Facts) -> list[Running]:
    """The runs of a change that go on. Two statements, none where there are no such runs."""
    if not facts.check_runs:
        return []
    runs = list(
        CheckRun.objects.filter(change=change, state=CheckRun.State.RUNNING).order_by("name")
    )
    newest = CheckSample.objects.filter(run__in=runs).order_by("-id")[: SHOWN * len(runs)]
    samples = list(newest)[::-1]
    return [Running(run, [one for one in samples if one.run_id == run.pk][-SHOWN:]) for run in runs]
