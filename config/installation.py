"""The processes of one installation, and what each is told of the world."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from config import postgres, processes
from config.broker import PAGING, QUEUE
from config.embedded_place import APP_ROLE
from config.environment import AS_OWNER, REPOSITORY, Environment
from config.metrics import MULTIPROCESS
from config.postgres import Server
from config.supervisor import Child

WEB_WORKERS = 2
WEB_THREADS = 256
WORKER_PROCESSES = 2
ROOT_IS_KNOWN = "ignore:You're running the worker with superuser privileges"
NOT_FOR_CHILDREN = frozenset({AS_OWNER, "DATABASE_OWNER_URL"})


def child_environment(
    environment: Environment, *, variables: Mapping[str, str], server: Server | None, role: str
) -> dict[str, str]:
    """The variables that web, worker and beat see: never the owner's way into the database.

    In the embedded server they sign in as the app role. Elsewhere they sign in as DATABASE_URL says
    and, where that is the owner, become `role`.
    """
    told = {name: value for name, value in variables.items() if name not in NOT_FOR_CHILDREN}
    told |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
        "TIDEGATE_HOME": str(environment.home),
        MULTIPROCESS: str(environment.home / "metrics"),
    }
    if server is not None:
        told["DATABASE_URL"] = server.place.url(user=APP_ROLE)
    elif role and environment.owner_url == environment.database_url:
        told["TIDEGATE_DATABASE_ROLE"] = role
    return told


def clear_metrics(environment: Environment) -> None:
    """Forget the counters of the last run, which nobody adds to any more."""
    folder = environment.home / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def children(
    environment: Environment, *, told: Mapping[str, str], server: Server | None
) -> list[Child]:
    """What is supervised, in the order of starting: PostgreSQL, workers, web, beat."""
    web = web_command(bind=environment.bind, port=environment.port)
    found = [
        _python_child("worker", _worker_command(), told, signal.SIGKILL, grace_seconds=30),
        _python_child("paging", _paging_command(), told, signal.SIGKILL, grace_seconds=30),
        _python_child("web", web, told, signal.SIGTERM, grace_seconds=15),
        _python_child("beat", _beat_command(environment), told, signal.SIGKILL, grace_seconds=10),
    ]
    if server is None or server.process is None:
        return found
    home = environment.home
    database = Child(
        name="postgres",
        start=lambda: postgres.start(home=home).process,
        stop_signal=signal.SIGINT,
        grace_seconds=postgres.STOP_SECONDS,
        process=server.process,
    )
    return [database, *found]


def _python_child(
    name: str,
    command: list[str],
    told: Mapping[str, str],
    death: signal.Signals,
    *,
    grace_seconds: float,
) -> Child:
    """A child that runs a module. See Note [How children die]."""

    def start() -> subprocess.Popen[bytes]:
        return processes.started(
            [sys.executable, "-W", ROOT_IS_KNOWN, "-m", *command],
            death=death,
            environment=told,
            folder=REPOSITORY,
        )

    return Child(name=name, start=start, grace_seconds=grace_seconds)


def web_command(*, bind: str, port: int) -> list[str]:
    """Many threads, which take turns: see Note [Turns]. Granian warns of their number, in vain."""
    return [
        *("config.web", "--interface", "wsgi", "--no-ws", "--log-level", "error"),
        *("--host", bind, "--port", str(port)),
        *("--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS)),
        *("--respawn-failed-workers", "--workers-kill-timeout", "5"),
    ]


def _worker_command() -> list[str]:
    """A fixed node name: pgmq would keep a queue for each new one."""
    return _working("worker", queue=QUEUE, processes=WORKER_PROCESSES)


def _paging_command() -> list[str]:
    """A worker that pages people and does nothing else, so that nothing holds it up."""
    return _working("paging", queue=PAGING, processes=1)


def _working(name: str, *, queue: str, processes: int) -> list[str]:
    return [
        *("celery", "--quiet", "-A", "config.celery", "worker", "-n", f"{name}@tidegate"),
        *("-Q", queue, "--concurrency", str(processes), "--loglevel", "WARNING"),
        *("--without-gossip", "--without-mingle"),
    ]


def _beat_command(environment: Environment) -> list[str]:
    schedule = environment.home / "beat-schedule"
    return [
        *("celery", "--quiet", "-A", "config.celery", "beat", "--schedule", str(schedule)),
        *("--loglevel", "WARNING", "--pidfile", ""),
    ]


def own_variables() -> dict[str, str]:
    """The variables of this process."""
    return dict(os.environ)


def home_of(environment: Environment) -> Path:
    """TIDEGATE_HOME, made where it is missing."""
    environment.home.mkdir(parents=True, exist_ok=True)
    return environment.home


# Note [How children die]
# When the supervisor is killed, the kernel signals its children. Celery's worker and beat are
# killed: asked politely, a worker whose broker has gone would try to reach it for ever. What it was
# doing is handed out again, and its own children notice by themselves. Granian is asked politely,
# because its workers would outlive a killed parent.
