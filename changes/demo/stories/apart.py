"""What is kept apart: two changes that meet, and a queue of two at the gate of staging."""

from datetime import datetime, timedelta

from changes import conflicts, environments, gate
from changes.demo.catalogue import ROBOT
from changes.demo.stage import Stage, Story, Telling, filed, said, voted
from changes.demo.stories.standard import SLUG


def gateway_meets_checkout(stage: Stage) -> Story:
    """Scheduled on what checkout depends on, while checkout's new form is rolled out."""
    clock = stage.clock
    planned = (clock.day(1, 14, 30), clock.day(1, 16))
    ref = yield from filed(
        stage,
        clock.ago(minutes=52),
        plan="gateway-timeouts",
        service="gateway",
        planned=planned,
    )
    yield from said(stage, clock.ago(minutes=51), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (clock.ago(minutes=47), "oncall", "approve", "Half a second is plenty there."),
        (clock.ago(minutes=44), "peer", "approve", ""),
    )
    now = yield clock.ago(minutes=43)
    conflicts.look_again(now=now, limit=100)


def staging_takes_turns(stage: Stage) -> Story:
    """Staging takes one change at a time: checkout runs there, two pipelines wait to be called.

    At whatever hour, as in `running`.
    """
    began = stage.clock.now
    now = yield began - timedelta(minutes=24)
    manager = stage.person("manager")
    environments.limit(environment="staging", max_running=1, actor=manager, now=now)
    for minutes, service, run in ((22, "reporting", "9120"), (15, "notifications", "9121")):
        ref = yield from _restart(stage, began - timedelta(minutes=minutes), service)
        now = yield began - timedelta(minutes=minutes - 2)
        question = gate.Question(
            service=service,
            environment="staging",
            change=ref,
            pipeline_url=f"https://ci.example.org/{service}/runs/{run}",
            run_id=run,
            callback_url=f"https://ci.example.org/called/{run}",
        )
        gate.ask(question, actor=stage.person(ROBOT), now=now)
    now = yield began - timedelta(minutes=12)
    gate.advance(now=now, limit=100)


def _restart(stage: Stage, at: datetime, service: str) -> Telling:
    ref = yield from filed(
        stage,
        at,
        service=service,
        environment="staging",
        planned=(at, at + timedelta(hours=6)),
        title=f"Restart {service} on staging with the new base image",
        template=SLUG,
    )
    yield from said(stage, at + timedelta(minutes=1), "submit", ref, by="engineer")
    return ref


STORIES = (gateway_meets_checkout, staging_takes_turns)
