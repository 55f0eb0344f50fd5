"""Real workers that are killed in the middle, and receivers that say no, wait, hang and drop.

Nothing is lost, nothing comes out of order, and chat that hangs keeps nobody from being paged.
Over PostgreSQL, and over RabbitMQ or Redis where TIDEGATE_TEST_BROKER names one.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.environment import REPOSITORY
from tests import migrated_database
from tests.brokers import BROKERS, PGMQ, alone
from tests.config.processes import within
from tests.faults.receivers import Receivers, serving

pytestmark = pytest.mark.slow
APP = "tests.ledger.delivering_app"
INCIDENTS = 4


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
    with alone(request.param), migrated_database.copied("lost") as own:
        opened = Installation(request.param, own, tmp_path)
        opened.run("manage.py", "prepare_database", "--verbosity", "0")
        yield opened
        opened.close()
        opened.run("-m", "celery", "-A", APP, "purge", "--force")


@pytest.fixture
def receivers() -> Receivers:
    return Receivers(often=2)


@pytest.fixture
def address(receivers: Receivers) -> Iterator[str]:
    with serving(receivers) as root:
        yield root


def test_nothing_is_lost_and_nothing_comes_out_of_order(
    installation: Installation, receivers: Receivers, address: str
) -> None:
    installation.run("-m", APP, address)
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
    for name, subject in receivers.taken:
        told = [
            receivers.verbs[word].removeprefix("incident.")
            for word in receivers.told(name, subject)
        ]
        order = paged if name == "v2" else lived
        wanted = order[:2] if subject.endswith(f"-{INCIDENTS}") else order
        assert told == wanted, (name, subject)
    assert len(receivers.taken) == 3 * INCIDENTS
    assert took < 90
