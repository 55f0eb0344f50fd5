"""The client as a pipeline runs it: with variables, and nobody's home."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from clients import tidegate
from tests.clients.hostile import Hostile, serving

OF_A_CI = ("GITHUB_", "GITLAB_", "CI_", "BUILD_", "SYSTEM_", "TIDEGATE_", "JENKINS_", "TF_BUILD")
GATE = ("gate", "--service", "refunds", "--environment", "production", "--revision", "4f1c2d9")
TOKEN = "tg_a-secret-that-is-never-shown"


@dataclass(frozen=True)
class Ended:
    """How a run of the client ended, and what it said."""

    code: int
    out: str
    log: str


Client = Callable[..., Ended]


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    with serving() as found:
        yield found


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No CI's variables but those a test sets."""
    for name in list(tidegate.os.environ):
        if name.startswith(OF_A_CI) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TIDEGATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TIDEGATE_TOKEN", TOKEN)
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def client(
    bare: None,
    hostile: Hostile,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Client:
    """Runs the client with these words against the hostile server."""
    monkeypatch.setenv("TIDEGATE_URL", hostile.url)

    def run(*words: str) -> Ended:
        capsys.readouterr()
        try:
            code = tidegate.main(list(words))
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        assert TOKEN not in said.out + said.err
        return Ended(code, said.out, said.err)

    return run


class Clock:
    """The client's alone: it pauses for nobody else, and runs on by as much as it was asked to."""

    time = staticmethod(time.time)

    def __init__(self) -> None:
        self.naps: list[float] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.meanwhile()

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.naps)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stands_in = Clock()
    monkeypatch.setattr(tidegate, "time", stands_in)
    return stands_in


@pytest.fixture
def naps(clock: Clock) -> list[float]:
    """How long it paused each time."""
    return clock.naps
