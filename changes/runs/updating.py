"""What another tool writes in a change: its words, where it stands, notes.

# Note [Robots do not close]
A tool that says Closed says that its work is done: the change goes on to validation, with the
outcome as the check `deployment`. Closing it is left to a member of its team, as everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from catalog.models import User
from changes import deployments, lifecycle
from changes.deployments import Report
from changes.lifecycle.moving import record
from changes.models import Change
from changes.policies.reach import Reach
from changes.queries import NoSuchChange, by_ref
from changes.queries.refs import locked

NOTED = "run.noted"


class Step(StrEnum):
    """Where a tool says that a change goes."""

    SUBMIT = "submit"
    START = "start"
    SUCCEED = "succeed"
    FAIL = "fail"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Update:
    """Fields that are edited, where the change goes after that, and what is noted beside it."""

    words: Mapping[str, Any] = field(default_factory=dict)
    step: Step | None = None
    note: str = ""


@transaction.atomic
def update(ref: str, given: Update, *, actor: User, now: datetime, reach: Reach) -> Change:
    """Write it all, or nothing; see Note [Robots do not close]. Answers the change as it is then.

    A step that was taken already is not taken again. Raises `NoSuchChange`, also for what is beyond
    reach, `ValidationError`, and `Refused` with every objection.
    """
    change = locked(ref=ref)
    place = change.environment.slug
    if not reach.covers(service=change.service.slug, team=change.team.slug, environment=place):
        raise NoSuchChange(ref)
    if given.words:
        lifecycle.edit(ref=ref, fields=given.words, actor=actor, now=now)
    if given.note:
        record(by_ref(ref=ref), NOTED, actor=actor, now=now, says={"note": given.note})
    if given.step is not None:
        _go(ref, given.step, note=given.note, actor=actor, now=now)
    return by_ref(ref=ref)


def _go(ref: str, step: Step, *, note: str, actor: User, now: datetime) -> None:
    match step:
        case Step.SUBMIT:
            lifecycle.submit(ref=ref, actor=actor, now=now)
        case Step.CANCEL:
            lifecycle.cancel(ref=ref, reason=note, actor=actor, now=now)
        case Step.START:
            _report("started", ref, note, actor=actor, now=now)
        case Step.SUCCEED:
            _report("succeeded", ref, note, actor=actor, now=now)
        case Step.FAIL:
            _report("failed", ref, note, actor=actor, now=now)


def _report(status: str, ref: str, note: str, *, actor: User, now: datetime) -> None:
    given = Report(status, at=now, change=ref, detail=note)
    deployments.report(given, actor=actor, now=now)
