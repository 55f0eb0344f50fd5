"""Web servers under test, and what they cost: CPU and memory as the kernel counts them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from config import processes
from config.broker import QUEUE
from tests.bench import databases, stamps

TIDEGATE = "config.wsgi:application"
FLOOR = "tests.bench.floor.wsgi:application"
READY_SECONDS = 30
WEB_WORKERS, WEB_THREADS, WORKER_PROCESSES = (
    2,
    256,
    2,
)  # as config.installation, which needs Django to be imported
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Working:
    """A running program of several processes, and the database it works on."""

    application: str
    database: str
    process: subprocess.Popen[bytes]

    def cpu_ms(self) -> float:
        """CPU spent so far by its processes and by its connections to PostgreSQL, in ms."""
        return sum(map(_spent_ms, [*_family(self.process.pid), *self._backends()]))

    def memory_mb(self) -> float:
        """Memory of its workers and the process that made them, shared pages by share (PSS)."""
        return sum(map(_pss_kb, _family(self.process.pid))) / 1024

    def _backends(self) -> list[int]:
        """The server's connections; none where PostgreSQL runs elsewhere."""
        with psycopg.connect(self.database, application_name="bench") as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name = %s",
                [self.application],
            ).fetchall()
        return [pid for (pid,) in rows if Path(f"/proc/{pid}/stat").exists()]


@dataclass(frozen=True, slots=True)
class Served(Working):
    """A running web server with two workers."""

    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def served(application: str, database: str) -> Iterator[Served]:
    """A server of this application, as `manage.py up` would start it, on a free port."""
    port = _free_port()
    metrics = databases.HOME / f"metrics-{port}"
    metrics.mkdir(parents=True, exist_ok=True)
    told = databases.environment(database) | {
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "PGAPPNAME": application,
        "PYTHONUNBUFFERED": "1",
    }
    command = [
        *(sys.executable, "-m", _module(application), "--interface", "wsgi", "--no-ws"),
        *("--log-level", "error", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(WEB_WORKERS), "--blocking-threads", str(_threads(application))),
        *([] if application == TIDEGATE else [application]),
    ]
    log = (databases.HOME / f"web-{port}.log").open("wb")
    process = subprocess.Popen(
        command,
        cwd=stamps.ROOT,
        env=told,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=processes.dying_with_parent(signal.SIGTERM),
    )
    try:
        _await_ready(process, port)
        yield Served(application, database, process, port)
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.close()


@contextmanager
def working(database: str) -> Iterator[Working]:
    """A worker, as `manage.py up` would start it."""
    name = "config.celery"
    command = [
        *(sys.executable, "-W", "ignore", "-m", "celery", "--quiet", "-A", name, "worker"),
        *("-n", "worker@tidegate", "-Q", QUEUE, "--concurrency", str(WORKER_PROCESSES)),
        *("--loglevel", "WARNING", "--without-gossip", "--without-mingle"),
    ]
    with (databases.HOME / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=stamps.ROOT,
            env=databases.environment(database) | {"PGAPPNAME": name},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=processes.dying_with_parent(signal.SIGKILL),
        )
    try:
        yield Working(name, database, process)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=30)
        process.kill()
        process.wait()


def _module(application: str) -> str:
    """Tidegate's server loads it before it makes workers."""
    return "config.web" if application == TIDEGATE else "granian"


def _threads(application: str) -> int:
    """Tidegate's threads take turns; the floor has one, as its fastest setting is."""
    return WEB_THREADS if application == TIDEGATE else 1


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _await_ready(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    said = (databases.HOME / f"web-{port}.log").read_text(errors="replace")[-2000:]
    raise SystemExit(f"tidegate: a web server did not start for the benchmarks:\n{said}")


def _family(pid: int) -> list[int]:
    """The process, then its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _spent_ms(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / _TICKS


def _pss_kb(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
