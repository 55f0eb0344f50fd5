"""The gate against `one`: denials and permits, over REST, token included."""

import json

from tests.bench import load
from tests.bench.bench import Bench, Size
from tests.bench.figures import Target, ratio, spread
from tests.bench.load import Job

SHOWN_AT = 8
MEMORY_MUST, MEMORY_REACH = 180, 140


def measure(bench: Bench) -> None:
    """Every size, every number of connections, in turns with `one`."""
    jobs = [
        job
        for size in bench.sizes
        for job in (bench.floor_job(size), _job(bench, size, "deny"), _job(bench, size, "allow"))
    ]
    samples = bench.alternated(jobs)
    bench.found["gate"] = {
        f"{name} c={connections}": {
            "requests_per_second": str(spread([one.per_second for one in runs])),
            "p50_ms": str(spread([one.p50_ms for one in runs])),
            "p99_ms": str(spread([one.p99_ms for one in runs])),
            "cpu_ms": str(spread([one.cpu_ms for one in runs])),
        }
        for (name, connections), runs in samples.items()
    }
    for size in bench.sizes:
        for word in ("deny", "allow"):
            for connections in bench.pace.connections:
                floor = samples[f"one {size.label}", connections]
                gate = samples[f"{word} {size.label}", connections]
                cost = ratio([x.per_second for x in floor], [x.per_second for x in gate])
                what = f"gate {word}, {size.label}, c={connections}"
                bench.targets.append(Target(what, cost, 3, 2, "× one"))
    _growth(bench, samples)
    used = [
        one.memory_mb for (name, _), runs in samples.items() for one in runs if "one" not in name
    ]
    bench.targets.append(
        Target("memory of two workers", spread(used), MEMORY_MUST, MEMORY_REACH, "MB PSS")
    )


def _growth(bench: Bench, samples: dict[tuple[str, int], list[load.Sample]]) -> None:
    """How much slower the slowest answers are among a million changes."""
    small, large = bench.smallest.label, bench.largest.label
    if small == large:
        return
    for word in ("deny", "allow"):
        for connections in bench.pace.connections:
            growth = ratio(
                [one.p99_ms for one in samples[f"{word} {large}", connections]],
                [one.p99_ms for one in samples[f"{word} {small}", connections]],
            )
            what = f"gate {word} p99, {large} to {small}, c={connections}"
            bench.targets.append(Target(what, growth, 1.3, 1.1, "×"))


def _job(bench: Bench, size: Size, word: str) -> Job:
    lines = [json.dumps(question) for question in size.targets[word]]
    file = load.written(bench.folder, f"{word}-{size.label}", lines)
    return Job(
        f"{word} {size.label}",
        size.tidegate,
        "/api/v1/gate",
        file,
        method="POST",
        token=size.targets["gate_token"],
        expected=f'"decision":"{word}"',
    )
