"""The search for conflicts among many changes against that among few, in turns."""

from tests.bench.bench import Bench, asked
from tests.bench.figures import Target, ratio, spread

MODULE = "tests.bench.conflicts_timed"


def measure(bench: Bench) -> None:
    """The median search at the largest size, and how many times that at the smallest it is."""
    rounds = [
        {size.label: asked(MODULE, size.url) for size in bench.sizes}
        for _ in range(bench.pace.rounds)
    ]
    large, small = bench.largest.label, bench.smallest.label
    bench.found["conflicts"] = {
        label: {
            figure: str(spread([one[label][figure] for one in rounds]))
            for figure in rounds[0][label]
        }
        for label in rounds[0]
    }
    if large != small:
        growth = ratio([one[large]["p50"] for one in rounds], [one[small]["p50"] for one in rounds])
        what = f"conflict search, {large} to {small}"
        bench.targets.append(Target(what, growth, 2, 1.2, "×"))
