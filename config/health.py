"""Whether Tidegate can serve: the database, its migrations, and a worker that was seen lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from config.models import Heartbeat

WORKER = "worker"
SILENCE = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: fine, or what is wrong and what to do about it."""

    name: str
    ok: bool
    detail: str


def beat(*, now: datetime) -> None:
    """Record that a worker was alive at `now`."""
    Heartbeat.objects.update_or_create(name=WORKER, defaults={"at": now})


def findings(*, now: datetime) -> list[Finding]:
    """Everything readiness rests on; what needs the database is left out while that is away."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        database = Finding("database", ok=True, detail="answers")
        pending = _pending_migrations()
        return [database, pending] if not pending.ok else [database, pending, _worker(now=now)]
    except DatabaseError as wrong:
        said = str(wrong).strip().splitlines() or ["no answer"]
        return [Finding("database", ok=False, detail=said[0])]


def _pending_migrations() -> Finding:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in plan)
        return Finding("migrations", ok=False, detail=f"run manage.py migrate; pending: {names}")
    return Finding("migrations", ok=True, detail="all applied")


def _worker(*, now: datetime) -> Finding:
    seen = Heartbeat.objects.filter(name=WORKER).values_list("at", flat=True).first()
    if seen is None:
        return Finding("worker", ok=False, detail="no worker has been seen; start one")
    age = max(timedelta(0), now - seen)
    detail = f"seen {age.total_seconds():.0f} s ago"
    if age > SILENCE:
        return Finding("worker", ok=False, detail=f"{detail}; start a worker and beat")
    return Finding("worker", ok=True, detail=detail)
