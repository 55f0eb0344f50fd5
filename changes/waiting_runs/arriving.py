"""A run arrives: it is kept before its tool is told so, and looked at soon after."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from catalog.models import ApiToken, Environment, Service, User
from changes.models import DoorMapping, WaitingRun
from changes.queries.doors import mapped
from ledger import refs, sealing, timeline, wake
from ledger.models import Reply

TASK = "changes.look_at_runs"
LONGEST_TO = 300


@dataclass(frozen=True, slots=True)
class Arrival:
    """A run that asks to be told. `key` and `place` are as in `WaitingRun`.

    `service` and `environment` are there where whoever asks names ours; otherwise the mapping of
    `project` and `stage` says which are meant. `lent` is a token the tool lends us to answer with.
    """

    vendor: str
    key: str
    project: str
    stage: str
    run_id: str
    place: dict[str, Any]
    waits_for: timedelta
    revision: str = ""
    artifact: str = ""
    change: str = ""
    pipeline_url: str = ""
    service: Service | None = None
    environment: Environment | None = None
    lent: str = field(default="", repr=False)


@transaction.atomic
def arrive(
    asked: Arrival, *, actor: User, now: datetime, token: ApiToken | None = None
) -> WaitingRun | None:
    """Keep a run, and ask the gate soon; None where it was kept before."""
    if WaitingRun.objects.filter(vendor=asked.vendor, key=asked.key).exists():
        return None
    label = DoorMapping.Vendor(asked.vendor).label
    to = f"{label}: {asked.project}, run {asked.run_id}"
    reply = Reply(channel=asked.vendor, to=to[:LONGEST_TO], created_at=now)
    run = WaitingRun(
        vendor=asked.vendor,
        key=asked.key,
        project=asked.project,
        stage=asked.stage,
        place=asked.place,
        sealed_token=sealing.seal(asked.lent.encode()) if asked.lent else b"",
        service=asked.service,
        environment=asked.environment,
        starts_change=True,
        revision=asked.revision,
        artifact=asked.artifact,
        change=asked.change,
        run_id=asked.run_id,
        pipeline_url=asked.pipeline_url,
        asked_by=actor,
        token=token,
        arrived_at=now,
        gives_up_at=now + asked.waits_for,
        look_at=now,
    )
    place_it(run)
    reply.save(force_insert=True)
    run.reply = reply
    if not _kept(run):
        reply.delete()
        return None
    record(run, "run.arrived", actor=actor.username, now=now)
    transaction.on_commit(nudge)
    return run


def place_it(run: WaitingRun) -> bool:
    """Let the mapping say which service and environment are meant; whether it is known now."""
    found = mapped(vendor=run.vendor, project=run.project, stage=run.stage)
    if found is not None:
        run.starts_change = found.starts_change
        run.template = found.template.slug if found.template else ""
        if run.service is None:
            run.service, run.environment = found.service, found.environment
    return run.service is not None


def record(run: WaitingRun, verb: str, *, actor: str, now: datetime, **says: Any) -> None:
    """Record what became of a run."""
    timeline.record(
        subject=run.ref, verb=verb, actor=actor, at=now, about=about(run), data=told(run) | says
    )


def about(run: WaitingRun) -> list[str]:
    """What an event of a run concerns."""
    if run.service is None:
        return []
    team = refs.of_team(run.service.owner_team.slug)
    named = [refs.of_service(run.service.slug), team]
    return [*named, run.change] if run.change else named


def told(run: WaitingRun) -> dict[str, Any]:
    """What every event of a run says of it; never the token."""
    return {
        "title": str(run.reply),
        "tool": run.vendor,
        "project": run.project,
        "stage": run.stage,
        "run_id": run.run_id,
        "revision": run.revision,
        "pipeline_url": run.pipeline_url,
        "service": run.service.slug if run.service else None,
        "environment": run.environment.slug if run.environment else None,
    }


def nudge() -> None:
    """Ask a worker to look now; the timetable finds the run otherwise."""
    wake.broker.publish(TASK)


def _kept(run: WaitingRun) -> bool:
    """Keep it, unless the tool told of it twice at once."""
    WaitingRun.objects.bulk_create([run], ignore_conflicts=True)
    row = WaitingRun.objects.filter(vendor=run.vendor, key=run.key, reply=run.reply).first()
    if row is None:
        return False
    run.pk = row.pk
    return True
