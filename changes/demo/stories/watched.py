"""Rules about checks and tasks, and what looking at a service for a while found.

Nothing is asked of any address while the demo is loaded: what was found is told here.
"""

from datetime import timedelta

from changes.demo.stage import Stage, Story
from changes.models import CheckRule, TaskRule
from changes.policies.soaking import Look, Sample
from changes.rulebook import checks, tasks
from changes.sampling import working

SERVICE = "fraud-check"
MINUTE = timedelta(minutes=1)
SOAK = 15 * MINUTE


def rules(stage: Stage) -> Story:
    """Written by the change manager: an address that must answer, and a task of every migration."""
    manager = stage.person("manager")
    now = yield stage.clock.ago(hours=4.2)
    checks.save(
        CheckRule(
            name="scoring-answers",
            how="probe",
            url="https://fraud-check.example.org/healthz",
            contains="ready",
            services=[SERVICE],
            environments=["production"],
            categories=["deployment"],
            interval=MINUTE,
            soak=SOAK,
        ),
        actor=manager,
        now=now,
    )
    now = yield stage.clock.ago(minutes=12)
    tasks.save(
        TaskRule(
            title="Take a fresh backup and restore it elsewhere",
            kind="plan",
            categories=["database"],
            position=1,
        ),
        actor=manager,
        now=now,
    )


def looked(stage: Stage) -> Story:
    """Every minute after the deployment; the third look found it restarting."""
    at = stage.clock.ago(hours=3.5) + timedelta(minutes=31)
    for minute in range(19):
        now = yield at + minute * MINUTE
        claim = working.claimed(now)
        if claim is None:
            raise ValueError(f"Nothing is due at {now}.")
        took = 38 + minute * 7 % 11
        ill = minute == 2
        said = f"It answered {503 if ill else 200} in {took} ms{', not 200' if ill else ''}."
        sample = Sample(now, Look.MISSED if ill else Look.HELD, said, took)
        working.keep(claim, sample, took_ms=took)


STORIES = (rules, looked)
