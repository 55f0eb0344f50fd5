"""What a story is, how stories are told in the order of time, and the sentences they share.

A story is a generator: it yields the instant at which it goes on, and is given that instant back.
All stories run on one clock, so refs, votes and the ledger come in the order in which things
happened.
"""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any

from catalog.models import User
from changes import approvals, deployments, gate, lifecycle
from changes.demo.catalogue import ROBOT, Catalogue
from changes.demo.work_clock import WorkClock
from changes.models import Template

Story = Generator[datetime, datetime, None]
Telling = Generator[datetime, datetime, str]
Vote = tuple[datetime, str, str, str]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where stories play: the clock, the rows, and the words of plans by name."""

    clock: WorkClock
    catalogue: Catalogue
    plans: dict[str, dict[str, Any]]

    def person(self, name: str) -> User:
        """Somebody by username."""
        return self.catalogue.people[name]


def play(stories: Iterable[Story], *, until: datetime) -> None:
    """Tell all stories together, each step in its turn.

    Raises ValueError for a step back, or past `until`.
    """
    queue = [(next(story), number, story) for number, story in enumerate(stories)]
    heapify(queue)
    while queue:
        at, number, story = heappop(queue)
        if at > until:
            raise ValueError(f"Story {number} would record {at}, which has not happened yet.")
        try:
            following = story.send(at)
        except StopIteration:
            continue
        if following < at:
            raise ValueError(f"Story {number} goes back from {at} to {following}.")
        heappush(queue, (following, number, story))


def filed(
    stage: Stage,
    at: datetime,
    *,
    service: str,
    plan: str = "",
    template: str = "",
    planned: tuple[datetime, datetime] | None = None,
    by: str = "engineer",
    environment: str = "production",
    **fields: Any,
) -> Telling:
    """A change is filed in the words of `plan` or of a template; the story has its ref."""
    now = yield at
    start, end = planned or (None, None)
    change = lifecycle.create(
        fields={
            "service": stage.catalogue.services[service],
            "environment": stage.catalogue.environments[environment],
            "planned_start_at": start,
            "planned_end_at": end,
            "template": Template.objects.get(slug=template) if template else None,
            **stage.plans.get(plan, {}),
            **fields,
        },
        actor=stage.person(by),
        now=now,
    )
    return change.ref


def said(stage: Stage, at: datetime, verb: str, ref: str, *, by: str, **words: Any) -> Story:
    """Somebody says a verb of the lifecycle."""
    now = yield at
    getattr(lifecycle, verb)(ref=ref, actor=stage.person(by), now=now, **words)


def tasked(
    stage: Stage,
    at: datetime,
    ref: str,
    kind: str,
    title: str,
    *,
    to: str = "engineer",
    by: str = "engineer",
    **fields: Any,
) -> Story:
    """A task is added and given to somebody."""
    now = yield at
    given = {"kind": kind, "title": title, "assignee": stage.person(to), **fields}
    lifecycle.add_task(ref=ref, fields=given, actor=stage.person(by), now=now)


def done(stage: Stage, at: datetime, ref: str, number: int, *, by: str = "engineer") -> Story:
    """A task is finished."""
    now = yield at
    actor = stage.person(by)
    lifecycle.say_task(ref=ref, number=number, verb="finish", actor=actor, now=now)


def voted(stage: Stage, ref: str, *votes: Vote) -> Story:
    """Votes: (when, who, approve or reject, comment)."""
    for at, who, decision, comment in votes:
        now = yield at
        approvals.vote(
            ref=ref, decision=decision, comment=comment, actor=stage.person(who), now=now
        )


def asked(
    stage: Stage,
    at: datetime,
    *,
    service: str,
    revision: str = "",
    change: str = "",
    environment: str = "production",
    run: str = "",
) -> Telling:
    """The pipeline asks the gate; the story goes on with the permit, or "" where it was refused."""
    now = yield at
    question = gate.Question(
        service=service,
        environment=environment,
        revision=revision,
        change=change,
        pipeline_url=f"https://ci.example.org/{service}/runs/{run}" if run else "",
        run_id=run,
    )
    return gate.ask(question, actor=stage.person(ROBOT), now=now).permit


def reported(
    stage: Stage,
    at: datetime,
    status: str,
    ref: str,
    *,
    permit: str = "",
    detail: str = "",
    percent: int | None = None,
) -> Story:
    """The pipeline reports its deployment, or a step of it."""
    now = yield at
    given = deployments.Report(
        status=status,
        at=now,
        permit=permit,
        change="" if permit else ref,
        detail=detail,
        percent=percent,
    )
    deployments.report(given, actor=stage.person(ROBOT), now=now)


def shipped(
    stage: Stage, ref: str, at: datetime, *, service: str, revision: str, minutes: int, run: str
) -> Story:
    """The gate lets the pipeline through, which deploys for so many minutes and reports success."""
    permit = yield from asked(stage, at, service=service, revision=revision, change=ref, run=run)
    yield from reported(stage, at + timedelta(minutes=1), "started", ref, permit=permit)
    ends_at = at + timedelta(minutes=minutes)
    yield from reported(stage, ends_at, "succeeded", ref, permit=permit)
