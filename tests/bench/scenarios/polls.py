"""Polling what has not changed, and explaining, against `one`; how many that wait are carried."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from tests.bench import load
from tests.bench.bench import Bench, asked
from tests.bench.figures import Target, ratio, spread
from tests.bench.load import Job

PIPELINES = 40  # each is decided once by each worker before it is 304
POLL, EXPLAIN = "poll", "explain"
LIMITS = {POLL: (1.2, 1.0), EXPLAIN: (2.5, 2.0)}
ASK_AGAIN_SECONDS = 60  # as whoever waits for a vote is told
CARRIED_MUST = 10_000


def measure(bench: Bench) -> None:
    """In turns with `one`, on the largest size."""
    size = bench.largest
    with _waiting(bench) as lines:
        jobs = [bench.floor_job(size), _poll(bench, lines), _explain(bench)]
        samples = bench.alternated(jobs)
    bench.found["polls"] = {
        f"{name} c={connections}": {
            "requests_per_second": str(spread([one.per_second for one in runs])),
            "p50_ms": str(spread([one.p50_ms for one in runs])),
            "p99_ms": str(spread([one.p99_ms for one in runs])),
            "cpu_ms": str(spread([one.cpu_ms for one in runs])),
        }
        for (name, connections), runs in samples.items()
    }
    for word, (must, reach) in LIMITS.items():
        for connections in bench.pace.connections:
            floor = samples[f"one {size.label}", connections]
            runs = samples[f"{word} {size.label}", connections]
            cost = ratio([x.per_second for x in floor], [x.per_second for x in runs])
            what = f"{word}, {size.label}, c={connections}"
            bench.targets.append(Target(what, cost, must, reach, "× one"))
    _carried(bench, samples[f"{POLL} {size.label}", max(bench.pace.connections)])


def _carried(bench: Bench, runs: list[load.Sample]) -> None:
    """How much of a core those take who wait for votes, a thousand of them: PostgreSQL included.

    Each polls as often as it is told, so from what one poll costs follows what they cost together,
    and how many half a core carries.
    """
    costs = [one.cpu_ms * 1000 / ASK_AGAIN_SECONDS / 10 for one in runs]
    carried = spread([500 / one.cpu_ms * ASK_AGAIN_SECONDS for one in runs])
    bench.found["carried"] = {"pipelines that wait, by half a core": {"pipelines": str(carried)}}
    most = 50 * 1000 / CARRIED_MUST
    bench.targets.append(Target("1,000 pipelines that wait", spread(costs), most, None, "% core"))


@contextmanager
def _waiting(bench: Bench) -> Iterator[list[str]]:
    """The paths that are polled, with their tags."""
    size = bench.largest
    given = {
        "token": size.targets["gate_token"],
        "questions": size.targets["allow"][:PIPELINES],
    }
    try:
        yield asked(
            "tests.bench.waiting",
            size.url,
            "begin",
            size.tidegate.address,
            told=json.dumps(given),
        )
    finally:
        asked("tests.bench.waiting", size.url, "end")


def _poll(bench: Bench, lines: list[str]) -> Job:
    size = bench.largest
    file = load.written(bench.folder, f"{POLL}-{size.label}", lines)
    token = size.targets["gate_token"]
    return Job(f"{POLL} {size.label}", size.tidegate, "", file, token=token, status=304)


def _explain(bench: Bench) -> Job:
    size = bench.largest
    lines = [f"/api/v1/gate/explain?{urlencode(one)}" for one in size.targets["deny"]]
    return Job(
        f"{EXPLAIN} {size.label}",
        size.tidegate,
        "",
        load.written(bench.folder, f"{EXPLAIN}-{size.label}", lines),
        token=size.targets["gate_token"],
        expected='"rules":',
    )
