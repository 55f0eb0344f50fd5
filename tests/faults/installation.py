"""Two web servers, two workers, a timetable and a broker, each a process that can be killed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from config import processes
from config.broker import PAGING, QUEUE
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
    speaks_http: bool = True
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
        """Whether it answers: over HTTP, or where that is no web server at all."""
        if not self.speaks_http:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
                return True
            return False
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
    pager: Part
    beat: Part
    broker: Part | None
    database: str
    folder: Path


@contextmanager
def running(database: str, folder: Path, *, kind: str, app: str) -> Iterator[Installation]:
    """All of it on a database that is ready; killed in the end.

    `kind` is one of `BROKERS`, `app` the module of the Celery application.
    """
    told = databases.environment(database) | {
        "PYTHONUNBUFFERED": "1",
        "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    broker = BROKERS[kind](folder)
    if broker is not None:
        told["CELERY_BROKER_URL"] = URLS[kind].format(port=broker.port)
    beat = ("beat", "--schedule", f"{folder}/beat", "--pidfile", "")
    made = Installation(
        webs=[_web(name, told, folder) for name in ("web-1", "web-2")],
        worker=Part("worker", _working(app, QUEUE, 2), told, folder),
        pager=Part("pager", _working(app, PAGING, 1), told, folder),
        beat=Part("beat", [*_celery(app), *beat], told, folder),
        broker=broker,
        database=database,
        folder=folder,
    )
    with ExitStack() as ending:
        if broker is not None:
            broker.start()
            ending.callback(broker.kill)
            broker.await_ready()
        for part in (*made.webs, made.worker, made.pager, made.beat):
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


def _celery(app: str) -> list[str]:
    return [sys.executable, "-W", "ignore", "-m", "celery", "--quiet", "-A", app]


def _working(app: str, queue: str, processes: int) -> list[str]:
    return [
        *(*_celery(app), "worker", "-n", f"{queue}@faults", "-Q", queue),
        *("--concurrency", str(processes), "--without-gossip", "--without-mingle"),
    ]


def _redis(folder: Path) -> Part:
    """A Redis of our own, to be killed, that keeps nothing."""
    port = free_port()
    command = [
        *(_program("redis-server"), "--port", str(port), "--bind", "127.0.0.1"),
        *("--save", "", "--dir", str(folder)),
    ]
    return Part("broker", command, dict(os.environ), folder, port, speaks_http=False)


def _rabbitmq(folder: Path) -> Part:
    """A RabbitMQ of our own, to be killed, that finds its queues again."""
    port, home = free_port(), folder / "rabbitmq"
    home.mkdir()
    (home / "enabled_plugins").write_text("[].\n")
    (home / "rabbitmq.conf").write_text(f"listeners.tcp.local = 127.0.0.1:{port}\n")
    told = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "RABBITMQ_NODENAME": f"faults-{os.getpid()}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(home / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(home / "rows"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
    }
    script = Path(_program("rabbitmq-server"))
    own = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # Debian's other one changes the user.
    command = [str(own if own.exists() else script)]
    return Part("broker", command, told, folder, port, speaks_http=False)


def _program(name: str) -> str:
    if (found := shutil.which(name)) is None:
        raise SystemExit(f"tidegate: {name} is not installed. Install it, or name another --broker")
    return found


BROKERS: Mapping[str, Callable[[Path], Part | None]] = {
    "redis": _redis,
    "rabbitmq": _rabbitmq,
    "postgres": lambda folder: None,
}
"""What carries messages. PostgreSQL does so where there is no broker to be killed."""
URLS = {
    "redis": "redis://127.0.0.1:{port}/0",
    "rabbitmq": "amqp://guest:guest@127.0.0.1:{port}//",
}
