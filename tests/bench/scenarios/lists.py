"""Lists and search over REST against `one`."""

from tests.bench import load
from tests.bench.bench import Bench, Size
from tests.bench.figures import Target, ratio, spread
from tests.bench.load import Job

PATH = "/api/v1/changes?limit=25"
LISTS = ("first page", "half way")
SEARCHES = ("rare word", "common word")


def measure(bench: Bench) -> None:
    """First page, a page half way down, and words that are rare and common."""
    jobs = []
    for size in bench.sizes:
        jobs += [bench.floor_job(size), *_jobs(bench, size)]
    samples = bench.alternated(jobs)
    large, small = bench.largest.label, bench.smallest.label
    bench.found["lists"] = {
        f"{name} c={connections}": {
            "requests_per_second": str(spread([one.per_second for one in runs])),
            "p50_ms": str(spread([one.p50_ms for one in runs])),
            "p99_ms": str(spread([one.p99_ms for one in runs])),
        }
        for (name, connections), runs in samples.items()
    }
    for connections in bench.pace.connections:
        floor = [one.per_second for one in samples[f"one {large}", connections]]
        for name in LISTS:
            runs = samples[f"{name} {large}", connections]
            cost = ratio(floor, [one.per_second for one in runs])
            what = f"list, {name}, {large}, c={connections}"
            bench.targets.append(Target(what, cost, 6, 2, "× one"))
            if large != small:
                before = samples[f"{name} {small}", connections]
                growth = ratio([x.p99_ms for x in runs], [x.p99_ms for x in before])
                what = f"list p99, {name}, {large} to {small}, c={connections}"
                bench.targets.append(Target(what, growth, 1.3, None, "×"))
    for name in SEARCHES:
        runs = samples[f"{name} {large}", bench.pace.connections[0]]
        p99 = spread([one.p99_ms for one in runs])
        bench.targets.append(Target(f"search p99, {name}, {large}", p99, 50, 20, "ms"))


def _jobs(bench: Bench, size: Size) -> list[Job]:
    targets = size.targets
    lines = {
        "first page": [PATH],
        "half way": [f"{PATH}&cursor={cursor}" for cursor in targets["half_way"]],
        "rare word": [f"{PATH}&q={word}" for word in targets["rare"]],
        "common word": [f"{PATH}&q={word}" for word in targets["common"]],
    }
    return [
        Job(
            f"{name} {size.label}",
            size.tidegate,
            "",
            load.written(bench.folder, f"{name.replace(' ', '-')}-{size.label}", some),
            token=targets["reader_token"],
            expected='"results":[',
        )
        for name, some in lines.items()
    ]
