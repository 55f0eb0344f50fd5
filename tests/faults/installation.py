"""Two web servers, a worker, a timetable and a broker, each a process that can be killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from config import processes
from tests.bench import databases, stamps
from tests.config.processes import free_port

READY_SECONDS = 60


@dataclass(slots=True)
class Part:
    """One process by its name; `port` is 0 where it serves nobody."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=stamps.ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=processes.dying_with_parent(signal.SIGTERM),
            )

    def kill(self) -> None:
        """As a machine that loses power would: at once, with all it has started."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ready(self) -> bool:
        """Whether it answers over HTTP."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def await_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self.ready():
            if time.monotonic() > deadline:
                said = (self.folder / f"{self.name}.log").read_text(errors="replace")[-2000:]
                raise SystemExit(f"tidegate: {self.name} did not start:\n{said}")
            time.sleep(0.05)


@dataclass(slots=True)
class Installation:
    """What runs, and how it can be told from outside. No broker where messages go by PostgreSQL."""

    webs: list[Part]
    worker: Part
    beat: Part
    broker: Part | None
    database: str
    folder: Path
    parts: list[Part] = field(default_factory=list)


@contextmanager
def running(database: str, folder: Path) -> Iterator[Installation]:
    """All of it on a database that is ready; killed in the end."""
    told = databases.environment(database) | {"PYTHONUNBUFFERED": "1"}
    broker = _broker(folder)
    if broker is not None:
        told["CELERY_BROKER_URL"] = f"redis://127.0.0.1:{broker.port}/0"
    made = Installation(
        webs=[_web(name, told, folder) for name in ("web-1", "web-2")],
        worker=Part("worker", [*_celery("worker"), "--concurrency", "1"], told, folder),
        beat=Part("beat", [*_celery("beat"), "--schedule", f"{folder}/beat"], told, folder),
        broker=broker,
        database=database,
        folder=folder,
    )
    made.parts = [*([broker] if broker else []), *made.webs, made.worker, made.beat]
    with ExitStack() as ending:
        for part in made.parts:
            part.start()
            ending.callback(part.kill)
        for web in made.webs:
            web.await_ready()
        yield made


def _web(name: str, told: dict[str, str], folder: Path) -> Part:
    port, metrics = free_port(), folder / f"{name}-metrics"
    metrics.mkdir()
    command = [
        *(sys.executable, "-m", "config.web", "--interface", "wsgi", "--no-ws"),
        *("--log-level", "error", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "1", "--blocking-threads", str(64)),
    ]
    environment = told | {"PROMETHEUS_MULTIPROC_DIR": str(metrics), "PGAPPNAME": name}
    return Part(name, command, environment, folder, port)


def _celery(what: str) -> list[str]:
    return [sys.executable, "-m", "celery", "--quiet", "-A", "config.celery", what]


def _broker(folder: Path) -> Part | None:
    """A Redis of our own, to be killed; none where it is not installed."""
    if (program := shutil.which("redis-server")) is None:
        return None
    port = free_port()
    command = [
        program,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        f"{folder}",
    ]
    return Part("broker", command, dict(os.environ), folder, port)
