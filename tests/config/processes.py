"""Real processes for tests: who is alive, and a Tidegate that was started by `manage.py up`."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from config.environment import REPOSITORY

PATIENCE_SECONDS = 90


def open_folder(folder: Path) -> Path:
    """Let any user walk to a temporary folder: root's PostgreSQL runs as another one."""
    for closed in (folder, *folder.parents):
        if closed == Path(tempfile.gettempdir()):
            break
        closed.chmod(0o755)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def within(seconds: float, holds: Callable[[], object]) -> bool:
    """Whether this comes to hold before the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return bool(holds())


def living(mark: str) -> dict[int, str]:
    """The processes whose command or environment names `mark`: pid and command."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            told = (folder / "environ").read_bytes().decode(errors="replace")
            state = re.search(r"\) (\S)", (folder / "stat").read_text())
        except (OSError, PermissionError):
            continue
        ours = int(folder.name) == os.getpid()
        if mark in command + told and not ours and state and state.group(1) != "Z":
            found[int(folder.name)] = command
    return found


def alive(mark: str, *, within_seconds: float) -> list[str]:
    """The commands still alive after this long; returns early when there are none."""
    within(within_seconds, lambda: not living(mark))
    return list(living(mark).values())


class Up:
    """A running `manage.py up` in a home of its own, on the embedded PostgreSQL."""

    def __init__(self, home: Path, *, port: int | None = None, bind: str = "") -> None:
        self.home, self.port = home, port or free_port()
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=REPOSITORY,
            env={
                "PATH": os.environ["PATH"],
                "TIDEGATE_HOME": str(home),
                "PORT": str(self.port),
                "BIND": bind,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as heard:
            for line in heard:
                self.lines.append(line.rstrip("\n"))

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    def status(self, path: str) -> int:
        """The HTTP status of a path; 0 while nothing answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as found:
                return found.status
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0

    def answers(self, path: str, status: int = 200) -> bool:
        return within(PATIENCE_SECONDS, lambda: self.status(path) == status)

    def says(self, words: str) -> bool:
        return within(PATIENCE_SECONDS, lambda: words in self.said)

    def pid(self, words: str) -> int:
        """The oldest process of this installation whose command holds these words."""
        assert within(30, lambda: self._pids(words)), f"no process of {words}: {self.said}"
        return min(self._pids(words))

    def has(self, words: str, *, besides: int) -> bool:
        """Whether another process than this one runs the command."""
        return bool(self._pids(words) - {besides})

    def _pids(self, words: str) -> set[int]:
        return {pid for pid, command in living(str(self.home)).items() if words in command}

    def end(self, number: signal.Signals) -> int:
        """Signal it and wait; answers the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE_SECONDS)
        self.reader.join(PATIENCE_SECONDS)
        return code
