"""The embedded PostgreSQL starts, is shared, survives a kill, and stops."""

import os
import pwd
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config import embedded_place, postgres
from config.setting_wrong import SettingWrong
from tests.config.processes import alive, open_folder

pytestmark = pytest.mark.slow
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused by PostgreSQL")


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A TIDEGATE_HOME that any user may walk to."""
    folder = open_folder(tmp_path_factory.mktemp("home"))
    yield folder
    shutil.rmtree(embedded_place.place_in(folder).socket, ignore_errors=True)


@pytest.fixture
def server(home: Path) -> Iterator[postgres.Server]:
    running = postgres.start(home=home, settings=postgres.WITHOUT_DURABILITY)
    yield running
    postgres.stop(running)


def rows(server: postgres.Server, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.place.url(), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_it_starts_with_a_database_in_utf8_and_utc(server: postgres.Server) -> None:
    assert rows(server, "SELECT current_database(), upper('é'), current_setting('timezone')") == [
        ("tidegate", "É", "UTC")
    ]
    assert server.place.socket.stat().st_mode & 0o777 == 0o700


def test_a_second_start_shares_the_running_one(server: postgres.Server, home: Path) -> None:
    second = postgres.start(home=home)
    postgres.stop(second)

    assert second.process is None
    assert rows(server, "SELECT 1") == [(1,)]


def test_a_stop_ends_it_and_keeps_its_rows(home: Path) -> None:
    first = postgres.start(home=home)
    rows(first, "CREATE TABLE kept AS SELECT 7 AS number")
    postgres.stop(first)
    second = postgres.start(home=home)

    assert rows(second, "SELECT number FROM kept") == [(7,)]
    assert first.process is not None
    assert first.process.returncode == 0
    postgres.stop(second)
    assert not second.place.socket.exists()


def test_committed_rows_survive_a_kill(home: Path) -> None:
    first = postgres.start(home=home)
    rows(first, "CREATE TABLE kept AS SELECT 7 AS number")
    assert first.process is not None
    first.process.send_signal(signal.SIGKILL)
    first.process.communicate()
    second = postgres.start(home=home)

    assert rows(second, "SELECT number FROM kept") == [(7,)]
    postgres.stop(second)


def test_it_dies_with_the_process_that_started_it(home: Path) -> None:
    script = (
        "import os, signal; from pathlib import Path; from config import postgres;"
        f"postgres.start(home=Path({str(home)!r})); os.kill(os.getpid(), signal.SIGKILL)"
    )

    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", script]) == -9

    assert alive(str(home), within_seconds=10) == []


def test_a_first_start_cut_short_leaves_nothing_half_made(home: Path) -> None:
    (home / "pg18.new").mkdir()
    (home / "pg18.new" / "PG_VERSION").write_text("18\n")

    server = postgres.start(home=home)

    assert rows(server, "SELECT 1") == [(1,)]
    postgres.stop(server)


def test_a_socket_folder_of_somebody_else_is_refused(home: Path) -> None:
    place = embedded_place.place_in(home)
    place.socket.touch()

    with pytest.raises(SettingWrong) as refusal:
        postgres.start(home=home)

    place.socket.unlink()
    assert "\n" not in str(refusal.value)


@as_root
def test_root_runs_it_as_somebody_else(server: postgres.Server, home: Path) -> None:
    owner = pwd.getpwuid(server.place.rows(major=18).stat().st_uid).pw_name

    assert server.place.folder == home
    assert owner in {"postgres", "nobody"}


@as_root
def test_behind_a_closed_folder_root_keeps_the_rows_aside(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    aside = open_folder(tmp_path_factory.mktemp("aside"))
    home.chmod(0o700)
    monkeypatch.setattr(embedded_place, "SYSTEM_FOLDER", aside)

    server = postgres.start(home=home)

    assert rows(server, "SELECT 1") == [(1,)]
    assert server.place.folder.parent == aside
    assert home.stat().st_mode & 0o777 == 0o700
    postgres.stop(server)
