"""Load by wrk: many requests, each answer checked."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.serving import Served

SCRIPT = Path(__file__).with_name("wrk.lua")
SERIAL = "@serial@"
"""In a body, what every POST has another number for."""
MISSING = "tidegate: the benchmarks need wrk to make load. Install it: apt install wrk"


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of request: `lines` are bodies (POST) or paths (GET), one is picked at random.

    A path may be followed by a tab and an ETag. Every answer must hold the text `expected`, and
    have the `status` where that is another than 2xx.
    """

    name: str
    served: Served
    path: str
    lines: Path
    method: str = "GET"
    token: str = ""
    expected: str = ""
    status: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run of a job came to; latencies and CPU in ms."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    memory_mb: float


class WrongAnswer(Exception):
    """A server answered something else than it should have."""


def demand_wrk() -> None:
    """Stop with a line that says how to install wrk, where it is missing."""
    if shutil.which("wrk") is None:
        raise SystemExit(MISSING)


def run(job: Job, *, connections: int, seconds: int) -> Sample:
    """Send requests for a while over some keep-alive connections.

    Raises `WrongAnswer` when any answer is not 2xx, or not the right one.
    """
    before = job.served.cpu_ms()
    command = [
        *("wrk", "--threads", "1", "--connections", str(connections)),
        *("--duration", f"{seconds}s", "--timeout", "10s", "--script", str(SCRIPT)),
        *(job.served.address + job.path, "--"),
        *(str(job.lines), job.method, job.token, job.expected, str(job.status)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    spent = job.served.cpu_ms() - before
    found = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    requests, took_us, p50_us, p99_us, failed, wrong = map(int, found.split()[1:])
    if failed or wrong or not requests:
        example = done.stdout[done.stdout.find("EXAMPLE") :]
        raise WrongAnswer(f"{job.name}: {failed} failed, {wrong} wrong of {requests}. {example}")
    return Sample(
        requests=requests,
        per_second=requests / (took_us / 1e6),
        p50_ms=p50_us / 1000,
        p99_ms=p99_us / 1000,
        cpu_ms=spent / requests,
        memory_mb=job.served.memory_mb(),
    )


def written(folder: Path, name: str, lines: Sequence[str]) -> Path:
    """The requests of a job in a file."""
    path = folder / f"{name}.txt"
    path.write_text("\n".join(lines) + "\n")
    return path
