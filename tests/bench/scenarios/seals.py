"""Sealing, verifying and exporting a million events against a hundred thousand.

Each step is a process of its own, as a person would start it, on a database made for it. What is
compared is seconds per event, without those that Django takes to start; of the step that needs no
database those of the processor, which others on the machine do not lengthen.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench import databases, stamps
from tests.bench.bench import Bench
from tests.bench.figures import Target, spread

SIZES, QUICK_SIZES = (100_000, 1_000_000), (10_000, 100_000)
MANAGE = (sys.executable, "manage.py")
ALONE = stamps.ROOT / "ledger" / "seals" / "verify_export.py"
Took = dict[str, tuple[float, float]]


class Step(NamedTuple):
    """Seconds by the clock and of the processor, and megabytes at the most."""

    seconds: float
    processor: float
    megabytes: float


def measure(bench: Bench) -> None:
    """How much longer an event takes, and how much more memory, among ten times as many."""
    small, large = QUICK_SIZES if bench.pace.rounds == 1 else SIZES
    took = {size: _took(bench, size) for size in (small, large)}
    bench.found["seals"] = {
        f"{step}, {size:,} events": {"seconds": f"{seconds:.1f}", "mb": f"{megabytes:.0f}"}
        for size in took
        for step, (seconds, megabytes) in took[size].items()
    }
    for step in took[large]:
        seconds = [took[size][step][0] / size for size in (large, small)]
        memory = [took[size][step][1] for size in (large, small)]
        what = f"{step}, {large:,} to {small:,}"
        growth = spread([seconds[0] / seconds[1]])
        bench.targets.append(Target(f"{what}: time per event", growth, 1.5, 1.2, "×"))
        more = spread([memory[0] / memory[1]])
        bench.targets.append(Target(f"{what}: memory", more, 1.3, 1.1, "×"))


def _took(bench: Bench, size: int) -> Took:
    """(seconds, megabytes) of each step on a fresh database with so many events."""
    url = databases.fresh(bench.largest.url, label="seals")
    environment = databases.environment(url)
    subprocess.run(
        [sys.executable, "-m", "tests.bench.recording", str(size)],
        cwd=stamps.ROOT,
        env=environment,
        check=True,
    )
    file, keys = bench.folder / "ledger.gz", bench.folder / "keys.json"
    steps: dict[str, Sequence[str]] = {
        "seal": [*MANAGE, "seal_ledger"],
        "verify": [*MANAGE, "verify_ledger"],
        "export": [*MANAGE, "export_ledger", str(file)],
        "verify export": [sys.executable, str(ALONE), str(file), "--public-key", str(keys)],
    }
    found: Took = {}
    starting = _timed([*MANAGE, "seal_keys"], environment, output=keys).seconds
    for name, command in steps.items():
        took = _timed(command, environment)
        if name == "seal":
            _timed([*MANAGE, "seal_keys"], environment, output=keys)
        alone = name == "verify export"
        found[name] = (took.processor if alone else took.seconds - starting, took.megabytes)
        print(f"  {name}, {size:,} events: {took.seconds:.1f} s", file=sys.stderr)
    return found


def _timed(
    command: Sequence[str], environment: dict[str, str], output: Path = Path(os.devnull)
) -> Step:
    """What the step took; raises where it fails.

    This process is small: Linux counts its memory as that of its children until they begin.
    """
    began = time.perf_counter()
    with output.open("wb") as out, open(os.devnull, "wb") as nowhere:
        process = subprocess.Popen(
            command, cwd=stamps.ROOT, env=environment, stdout=out, stderr=nowhere
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    processor = used.ru_utime + used.ru_stime
    return Step(time.perf_counter() - began, processor, used.ru_maxrss / unit)
