"""The embedded PostgreSQL: made on first use, started, shared, stopped."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from config import postgres_programs, processes
from config.embedded_place import DATABASE, OWNER, Place, place_in
from config.postgres_programs import Programs
from config.setting_wrong import SettingWrong

START_SECONDS = 60
STOP_SECONDS = 30
SERVER_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "fatal",
    "log_line_prefix": "",
}
WITHOUT_DURABILITY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `process` is None when somebody else started it and will stop it."""

    place: Place
    process: subprocess.Popen[bytes] | None


def start(*, home: Path, settings: Mapping[str, str] | None = None) -> Server:
    """The server of this TIDEGATE_HOME, ready, with its database; a running one is shared.

    Raises `SettingWrong` when it cannot run here.
    """
    place = place_in(home)
    if _answers(place):
        return Server(place=place, process=None)
    programs = _prepared(place, home)
    rows = place.rows(major=programs.major)
    if not (rows / "PG_VERSION").exists():
        _initialise(programs, rows)
    process = _launched(programs, rows, place.socket, settings or {})
    ours = _await_ready(place, rows, process)
    _create_database(place)
    return Server(place=place, process=process if ours else None)


def stop(server: Server) -> None:
    """Stop a server we started: running statements are cancelled, committed rows are kept."""
    if server.process is None:
        return
    if server.process.poll() is None:
        server.process.send_signal(signal.SIGINT)
    try:
        server.process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.process.send_signal(signal.SIGQUIT)
        server.process.communicate()
    with contextlib.suppress(OSError):
        server.place.socket.rmdir()


def _prepared(place: Place, home: Path) -> Programs:
    """The programs to run, with the folders for rows and socket made and owned by their user."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        if place.folder != home:
            place.folder.mkdir(exist_ok=True)
            place.folder.chmod(0o711)
        programs = postgres_programs.found(copy_to=place.folder)
        owner = postgres_programs.server_user().pw_uid
        place.socket.mkdir(mode=0o700, exist_ok=True)
        found = place.socket.lstat()
        if os.geteuid() == 0 and found.st_uid == 0:
            os.chown(place.socket, owner, -1)
        elif found.st_uid != owner or not stat.S_ISDIR(found.st_mode):
            raise SettingWrong(
                "TMPDIR", f"holds {place.socket}, which is not ours", "Remove it, or set another."
            )
    except OSError as wrong:
        raise SettingWrong(
            "TIDEGATE_HOME",
            f"({home}) cannot hold a database: {wrong.strerror}",
            "Set it to a folder this user may write to.",
        ) from None
    return programs


def _initialise(programs: Programs, rows: Path) -> None:
    """Make the data directory beside its place and move it there whole, so no half one is left."""
    draft = rows.with_name(f"{rows.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(draft, postgres_programs.server_user().pw_uid, -1)
    locale = (
        ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if programs.major >= 17
        else ["--locale=C.UTF-8"]
    )
    done = subprocess.run(
        [
            *(programs.bin / "initdb", "-D", draft, "-U", OWNER, "-E", "UTF8"),
            *("--auth=trust", "--data-checksums", "--no-sync", *locale),
        ],
        capture_output=True,
        text=True,
        env=_environment(),
        cwd="/",
        **postgres_programs.run_as(),
    )
    if done.returncode != 0:
        said = " ".join(done.stderr.split())
        raise SettingWrong("TIDEGATE_HOME", f"cannot hold a database: {said}", "Set another.")
    draft.rename(rows)


def _launched(
    programs: Programs, rows: Path, socket: Path, settings: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    given = SERVER_SETTINGS | {"unix_socket_directories": str(socket)} | dict(settings)
    options = [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
    return processes.started(
        [programs.bin / "postgres", "-D", rows, *options],
        death=signal.SIGINT,
        environment=_environment(),
        folder=Path("/"),
        run_as=postgres_programs.run_as(),
    )


def _await_ready(place: Place, rows: Path, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the server is ready; False when another process won the race to start it."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            if _answers(place):
                return False
            said = process.stdout.read().decode(errors="replace") if process.stdout else ""
            raise SettingWrong(
                "TIDEGATE_HOME",
                f"({place.folder}) holds a database that does not start: {' '.join(said.split())}",
                "Set another, or DATABASE_URL.",
            )
        if _says_ready(rows, process.pid):
            return True
        time.sleep(0.02)
    raise SettingWrong(
        "TIDEGATE_HOME",
        f"({place.folder}) holds a database that did not start in {START_SECONDS} seconds",
        "Try again, or set DATABASE_URL.",
    )


def _says_ready(rows: Path, pid: int) -> bool:
    """Whether the server's own note, postmaster.pid, names this process and ends in “ready”."""
    try:
        lines = (rows / "postmaster.pid").read_text().split("\n")
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _answers(place: Place) -> bool:
    try:
        psycopg.connect(place.url(database="postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _create_database(place: Place) -> None:
    with psycopg.connect(place.url(database="postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
