"""Runs the benchmarks: `./run bench [--quick] [--only gate,lists] [--rounds 5]`."""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench import databases, load, report
from tests.bench.bench import Bench, Pace, opened
from tests.bench.scenarios import (
    conflicts,
    gate,
    intake,
    lifecycle,
    lists,
    polls,
    reads,
    seals,
    windows,
)

SIZES = {"10k": 10_000, "1m": 1_000_000}
SCENARIOS: dict[str, Callable[[Bench], None]] = {
    "gate": gate.measure,
    "polls": polls.measure,
    "lists": lists.measure,
    "lifecycle": lifecycle.measure,
    "reads": reads.measure,
    "intake": intake.measure,
    "conflicts": conflicts.measure,
    "windows": windows.measure,
    "seals": seals.measure,
}


def main() -> int:
    """Measure, print and keep; answers how many answers were wrong (0 or 1)."""
    given = _arguments()
    load.demand_wrk()
    labels = ["10k"] if given.quick else given.sizes
    pace = _pace(given)
    with (
        databases.server() as server,
        opened(server, {label: SIZES[label] for label in labels}) as sizes,
        tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder,
    ):
        bench = Bench(sizes=sizes, pace=pace, folder=Path(folder))
        try:
            for name in given.only:
                print(f"{name} …", file=sys.stderr)
                SCENARIOS[name](bench)
        except load.WrongAnswer as wrong:
            print(f"tidegate: a wrong answer ends the run: {wrong}", file=sys.stderr)
            return 1
    report.show(bench)
    print(f"kept in {report.write(bench)}")
    return 0


def _pace(given: argparse.Namespace) -> Pace:
    if given.quick:
        return Pace(rounds=1, seconds=1, connections=(1, 8), lifecycles=5)
    return Pace(rounds=given.rounds, seconds=given.seconds, connections=(1, 8, 32), lifecycles=40)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a look at 10,000 changes, < 2 min")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of load in each run")
    for name, choices in (("only", SCENARIOS), ("sizes", SIZES)):
        parser.add_argument(
            f"--{name}",
            type=lambda text: text.split(","),
            default=list(choices),
            help=f"some of {', '.join(choices)}, parted by commas",
        )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
