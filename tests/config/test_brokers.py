"""Messages reach a real worker: through PostgreSQL, and through CELERY_BROKER_URL where set."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.environment import REPOSITORY
from tests import migrated_database
from tests.brokers import BROKERS, PGMQ, alone
from tests.config.processes import within

pytestmark = pytest.mark.slow
SEND = """
import sys; from tests.config.broker_app import app
for name in sys.argv[3:]: app.send_task(sys.argv[1], [name, *eval(sys.argv[2])])
"""


class Post:
    """A prepared database, a broker, and workers on them."""

    def __init__(self, broker: str, database_url: str, marks: Path) -> None:
        self.marks = marks
        self.workers: list[subprocess.Popen[bytes]] = []
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPOSITORY),
            "TIDEGATE_HOME": os.environ["TIDEGATE_HOME"],
            "TIDEGATE_TEST_MARKS": str(marks),
            "DATABASE_URL": database_url,
        } | ({} if broker == PGMQ else {"CELERY_BROKER_URL": broker})

    def run(self, *command: str) -> None:
        subprocess.run([sys.executable, *command], cwd=REPOSITORY, env=self.environment, check=True)

    def send(self, task: str, *names: str, also: tuple[object, ...] = ()) -> None:
        self.run("-c", SEND, task, repr(also), *names)

    def work(self) -> subprocess.Popen[bytes]:
        worker = subprocess.Popen(
            [
                *(sys.executable, "-W", "ignore", "-m", "celery", "--quiet"),
                *("-A", "tests.config.broker_app", "worker", "-n", "worker@tests"),
                *("--concurrency", "2", "--without-gossip", "--without-mingle"),
            ],
            cwd=REPOSITORY,
            env=self.environment,
            start_new_session=True,
        )
        self.workers.append(worker)
        return worker

    def lines(self, name: str) -> list[str]:
        path = self.marks / name
        return path.read_text().split() if path.exists() else []

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
        self.run("-m", "celery", "-A", "tests.config.broker_app", "purge", "--force")


@pytest.fixture(params=BROKERS, ids=lambda broker: broker.partition(":")[0])
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Post]:
    """One broker with an empty queue and a database of its own."""
    with alone(request.param), migrated_database.copied("broker") as own:
        opened = Post(request.param, own, tmp_path)
        opened.run("manage.py", "prepare_database", "--verbosity", "0")
        yield opened
        opened.close()


def test_every_message_is_worked_once(post: Post) -> None:
    names = [f"mark-{number}" for number in range(60)]
    post.send("tests.mark", *names)

    post.work()

    assert within(60, lambda: all(post.lines(name) for name in names))
    assert [post.lines(name) for name in names] == [["ran"]] * 60


def test_what_was_sent_while_no_worker_lived_is_not_lost(post: Post) -> None:
    first = post.work()
    post.send("tests.mark", "before")
    assert within(60, lambda: post.lines("before"))
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    post.send("tests.mark", "meanwhile")

    post.work()

    assert within(60, lambda: post.lines("meanwhile") == ["ran"])


def test_a_killed_worker_loses_no_task(post: Post) -> None:
    worker = post.work()
    post.send("tests.linger", "task", also=(3,))
    assert within(60, lambda: post.lines("task") == ["began"])

    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    post.work()

    assert within(150, lambda: post.lines("task") == ["began", "began", "ended"])
