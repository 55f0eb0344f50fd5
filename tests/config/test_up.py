"""`manage.py up`, as one runs it: real processes on the embedded PostgreSQL."""

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config import embedded_place
from tests.config.processes import Up, alive, living, open_folder, within

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One installation for all these tests: what one leaves, the next finds."""
    folder = open_folder(tmp_path_factory.mktemp("home"))
    yield folder
    shutil.rmtree(embedded_place.place_in(folder).socket, ignore_errors=True)


@pytest.fixture(scope="module")
def up(home: Path) -> Iterator[Up]:
    """The second run, which most tests share; the last of them kills it."""
    running = Up(home)
    yield running
    if running.process.poll() is None:
        running.end(signal.SIGTERM)


def scalar(home: Path, statement: str, *, user: str = "postgres") -> object:
    url = embedded_place.place_in(home).url(user=user)
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def test_one_command_serves_and_sigterm_stops_all_of_it(home: Path) -> None:
    up = Up(home)
    assert up.answers("/healthz"), up.said
    assert up.says(f"Tidegate is ready at http://localhost:{up.port}"), up.said
    assert up.answers("/readyz"), up.said
    assert up.status("/metrics") == 200
    assert scalar(home, "CREATE TABLE left_by_the_first_run AS SELECT 7 AS number") is None

    assert up.end(signal.SIGTERM) == 0
    assert up.lines[-1] == "tidegate | stopped", up.said
    assert alive(str(home), within_seconds=5) == []


def test_a_second_run_finds_the_rows_of_the_first(up: Up, home: Path) -> None:
    assert up.answers("/healthz"), up.said

    assert scalar(home, "SELECT number FROM left_by_the_first_run") == 7


def test_web_worker_and_beat_cannot_change_the_ledger(up: Up, home: Path) -> None:
    assert up.answers("/healthz"), up.said
    urls = {
        variable
        for pid, command in living(str(home)).items()
        if "config.web" in command or "celery" in command
        for variable in Path(f"/proc/{pid}/environ").read_text().split("\0")
        if variable.startswith("DATABASE_URL=")
    }

    place = embedded_place.place_in(home)
    assert urls == {f"DATABASE_URL=postgresql://tidegate_app@/tidegate?host={place.socket}"}
    for statement in (
        "UPDATE ledger_event SET actor = 'nobody'",
        "DELETE FROM ledger_event",
        "TRUNCATE ledger_event CASCADE",
        "SET ROLE postgres",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            scalar(home, statement, user="tidegate_app")


@pytest.mark.parametrize(
    ("name", "command"),
    [("worker", "-n worker@tidegate"), ("web", "config.web")],
)
def test_a_killed_child_is_started_again(up: Up, name: str, command: str) -> None:
    assert up.answers("/healthz"), up.said
    killed = up.pid(command)

    os.kill(killed, signal.SIGKILL)

    assert up.says(f"{name} ended (exit code -9); it is started again in"), up.said
    assert within(30, lambda: up.has(command, besides=killed)), up.said
    assert up.answers("/readyz"), up.said


def test_a_killed_postgres_is_started_again(up: Up, home: Path) -> None:
    assert up.answers("/healthz"), up.said

    os.kill(up.pid("bin/postgres -D"), signal.SIGKILL)

    assert up.says("postgres ended (exit code -9)"), up.said
    assert up.answers("/readyz"), up.said
    assert scalar(home, "SELECT number FROM left_by_the_first_run") == 7


def test_a_home_in_use_is_refused_in_one_line(up: Up, home: Path) -> None:
    assert up.answers("/healthz"), up.said

    second = Up(home)

    assert second.process.wait(30) == 2
    second.reader.join(5)
    assert second.lines == [
        f"tidegate: TIDEGATE_HOME ({home}) is in use by a running Tidegate. "
        "Stop that one, or set another folder."
    ]


def test_a_killed_supervisor_leaves_no_orphan(up: Up, home: Path) -> None:
    assert up.answers("/healthz"), up.said

    assert up.end(signal.SIGKILL) == -9

    assert alive(str(home), within_seconds=30) == []


def test_an_address_of_another_machine_is_named(home: Path) -> None:
    refused = Up(home, bind="192.0.2.1")
    code = refused.process.wait(60)

    refused.reader.join(5)
    assert (code, refused.lines) == (
        2,
        [
            "tidegate: BIND is “192.0.2.1”, which is no address of this machine. "
            "Set it to 127.0.0.1, or to 0.0.0.0 for all addresses."
        ],
    )


def test_a_taken_port_is_refused_in_one_line(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = Up(home, port=taken.getsockname()[1])
        code = refused.process.wait(60)

    refused.reader.join(5)
    assert (code, refused.lines) == (
        2,
        [f"tidegate: PORT {refused.port} is taken. Set PORT to another."],
    )
