"""A decision where a thousand windows are in scope against one where ten are."""

from tests.bench.bench import Bench, asked
from tests.bench.figures import Target, ratio, spread

FEW, MANY = "10", "1000"


def measure(bench: Bench) -> None:
    """The median decision with many windows, and how many times that with few it is."""
    size = bench.largest
    rounds = [asked("tests.bench.windows_timed", size.url) for _ in range(bench.pace.rounds)]
    bench.found["windows"] = {
        f"{several} windows in scope": {
            figure: str(spread([one[several][figure] for one in rounds]))
            for figure in rounds[0][several]
        }
        for several in (FEW, MANY)
    }
    growth = ratio([one[MANY]["p50"] for one in rounds], [one[FEW]["p50"] for one in rounds])
    what = f"decision with 1,000 windows to 10, {size.label}"
    bench.targets.append(Target(what, growth, 1.5, 1.1, "×"))
