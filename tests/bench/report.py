"""The run as a table for people and as JSON for programs."""

import json
import os
import platform
from pathlib import Path
from typing import Any

from tests.bench import stamps
from tests.bench.bench import Bench
from tests.bench.figures import Target

OUTPUT = stamps.ROOT / "test-output" / "bench.json"


def show(bench: Bench) -> None:
    """Print every figure, then every target, met or not."""
    for name, rows in bench.found.items():
        print(f"\n{name}: median (least–most) of {bench.pace.rounds} rounds")
        columns = list(next(iter(rows.values())))
        print(_line("", columns))
        for row, figures in rows.items():
            print(_line(row, [figures[column] for column in columns]))
    print(f"\n{'target':<44}{'found':<24}{'must':>9}{'reach':>9}")
    for target in bench.targets:
        print(_target(target))
    missed = sum(not target.met for target in bench.targets)
    print(f"\n{len(bench.targets) - missed} of {len(bench.targets)} targets met")


def write(bench: Bench) -> Path:
    """Keep the run as JSON; answers where."""
    OUTPUT.parent.mkdir(exist_ok=True)
    whole: dict[str, Any] = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "rounds": bench.pace.rounds,
        "figures": bench.found,
        "targets": [target.as_json() for target in bench.targets],
    }
    OUTPUT.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
    return OUTPUT


def _line(name: str, cells: list[str]) -> str:
    return f"{name:<26}" + "".join(f"{cell:<24}" for cell in cells)


def _target(target: Target) -> str:
    reach = "" if target.reach is None else f"{target.reach:g}"
    verdict = "met" if target.met else "NOT MET"
    found = f"{target.found} {target.unit}"
    return f"{target.what:<44}{found:<28}{target.must:>5g}{reach:>9}  {verdict}"
