"""What is timed inside the process: the schedule, the best search results, and the rules."""

from tests.bench.bench import Bench, asked
from tests.bench.figures import Target, spread

TARGETS = {
    "schedule month, organisation": (60, None, "ms"),
    "schedule month, team": (10, None, "ms"),
    "search best, rare word": (50, 20, "ms"),
    "search best, common word": (50, 20, "ms"),
    "rules of a deployment": (150, 80, "µs"),
}


def measure(bench: Bench) -> None:
    """Medians over rounds of the p99 (rules: of the median)."""
    rounds = [asked("tests.bench.timed", bench.largest.url) for _ in range(bench.pace.rounds)]
    bench.found["reads"] = {
        name: {
            figure: str(spread([one[name][figure] for one in rounds])) for figure in rounds[0][name]
        }
        for name in rounds[0]
    }
    for name, (must, reach, unit) in TARGETS.items():
        figure = "p50" if unit == "µs" else "p99"
        values = spread([one[name][figure] for one in rounds])
        what = f"{name} {figure}, {bench.largest.label}"
        bench.targets.append(Target(what, values, must, reach, unit))
