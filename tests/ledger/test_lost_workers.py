"""Real workers that are killed in the middle, and receivers that say no, wait, hang and drop.

Nothing is lost, nothing comes out of order, and chat that hangs keeps nobody from being paged.
Over PostgreSQL, and over RabbitMQ or Redis where TIDEGATE_TEST_BROKER names one.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from config.environment import REPOSITORY
from tests.config.processes import within
from tests.config.test_brokers import BROKERS, PGMQ, database_of

pytestmark = pytest.mark.slow
APP = "tests.ledger.delivering_app"
INCIDENTS = 4
TROUBLE = ("500", "429", "drop", "hang")


class Receivers:
    """What came, and what was taken; the first words of every fourth message meet trouble."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.came: Counter[str] = Counter()
        self.taken: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.ended = threading.Event()

    def take(self, request: Request) -> Response:
        """Take a webhook or a page, or make trouble once."""
        told: Any = request.json
        data = told.get("data", told)
        subject = str(data.get("subject") or data.get("dedup_key"))
        word = str(data.get("verb") or data.get("event_action"))
        name = request.path.strip("/").partition("/")[0]
        with self.guard:
            again = self.came[f"{name} {subject} {word}"]
            self.came[f"{name} {subject} {word}"] += 1
            trouble = TROUBLE[len(self.came) // 2 % 4] if again == 0 and len(self.came) % 2 else ""
            if not trouble:
                self.taken[name, subject].append(word)
        if trouble == "hang":
            self.ended.wait(2)
        if trouble in ("hang", "drop"):
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        status = int(trouble) if trouble.isdigit() else 202
        return Response("", status=status, headers={"Retry-After": "1"} if status == 429 else {})

    def hang(self, request: Request) -> Response:
        """A chat that never answers."""
        self.ended.wait(60)
        return Response("ok")


class Installation:
    """A prepared database with its workers and timetable."""

    def __init__(self, broker: str, database_url: str, home: Path) -> None:
        self.home = home
        self.parts: list[subprocess.Popen[bytes]] = []
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPOSITORY),
            "TIDEGATE_HOME": os.environ["TIDEGATE_HOME"],
            "DATABASE_URL": database_url,
            "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        } | ({} if broker == PGMQ else {"CELERY_BROKER_URL": broker})

    def run(self, *command: str) -> None:
        subprocess.run([sys.executable, *command], cwd=REPOSITORY, env=self.environment, check=True)

    def celery(self, *words: str) -> subprocess.Popen[bytes]:
        part = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "celery", "--quiet", "-A", APP, *words],
            cwd=REPOSITORY,
            env=self.environment,
            start_new_session=True,
        )
        self.parts.append(part)
        return part

    def worker(self, name: str, queue: str, *, processes: int = 1) -> subprocess.Popen[bytes]:
        where = ("-n", f"{name}@tests", "-Q", queue, "--concurrency", str(processes))
        return self.celery("worker", *where, "--without-gossip", "--without-mingle")

    def kill(self, part: subprocess.Popen[bytes]) -> None:
        os.killpg(part.pid, signal.SIGKILL)
        part.wait()
        self.parts.remove(part)

    def close(self) -> None:
        for part in list(self.parts):
            self.kill(part)

    def waiting(self, lane: str) -> int:
        """How many messages of a lane are not done with."""
        count = "SELECT count(*) FROM ledger_delivery WHERE status = 'pending' AND lane = %s"
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            return int(connection.execute(count, [lane]).fetchone()[0])

    def given_up(self) -> int:
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            found = connection.execute(
                "SELECT count(*) FROM ledger_delivery WHERE status = 'failed'"
            ).fetchone()
            return int(found[0])


@pytest.fixture(params=BROKERS, ids=lambda broker: broker.partition(":")[0])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """One broker and a database of its own."""
    name = sql.Identifier(f"tidegate_lost_{uuid4().hex[:8]}")
    server = os.environ["DATABASE_URL"]
    own = server.replace("/" + database_of(server), "/" + name.as_string(None).strip('"'), 1)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        opened = Installation(request.param, own, tmp_path)
        opened.run("manage.py", "prepare_database", "--verbosity", "0")
        yield opened
        opened.close()
        opened.run("-m", "celery", "-A", APP, "purge", "--force")
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def each_once(words: list[str]) -> list[str]:
    """The words in the order in which they came; what came twice at once was sent again."""
    return [word for word, _ in groupby(words)]


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    """A server that answers one while another waits, as chat and pager are two machines."""
    with HTTPServer(host="127.0.0.1", threaded=True) as running:
        yield running


def test_nothing_is_lost_and_nothing_comes_out_of_order(
    installation: Installation, server: HTTPServer
) -> None:
    receivers = Receivers()
    for path in ("/first", "/second", "/v2/enqueue"):
        server.expect_request(path).respond_with_handler(receivers.take)
    server.expect_request("/chat").respond_with_handler(receivers.hang)
    root = server.url_for("").rstrip("/")
    installation.run("-m", APP, root)
    one = installation.worker("one", "tidegate")
    installation.worker("two", "tidegate")
    pager = installation.worker("pager", "tidegate_paging")
    installation.celery("beat", "--schedule", str(installation.home / "beat"), "--pidfile", "")

    assert within(60, lambda: len(receivers.came) >= 5)
    installation.kill(one)
    installation.kill(pager)
    installation.worker("three", "tidegate")
    installation.worker("pager-2", "tidegate_paging")
    began = time.monotonic()
    assert within(60, lambda: installation.waiting("paging") == 0)
    assert within(90, lambda: installation.waiting("webhooks") == 0), receivers.taken
    took = time.monotonic() - began
    receivers.ended.set()

    assert installation.given_up() == 0
    assert installation.waiting("chat") > 0, "a chat that hangs held up nobody"
    lived = ["declared", "acknowledged", "mitigated", "reopened"]
    paged = ["trigger", "acknowledge", "trigger"]
    for (name, subject), words in receivers.taken.items():
        told = each_once([word.removeprefix("incident.") for word in words])
        order = paged if name == "v2" else lived
        wanted = order[:2] if subject.endswith(f"-{INCIDENTS}") else order
        assert told == wanted, (name, subject, words)
    assert len(receivers.taken) == 3 * INCIDENTS
    assert took < 90
