"""Alerts that come in: one per POST against an upsert, a hundred per POST, and reading them."""

import json
from collections.abc import Sequence

from tests.bench import load
from tests.bench.bench import Bench, asked
from tests.bench.figures import Target, ratio, spread
from tests.bench.load import Job, Sample, WrongAnswer

FLOOR, ONE, MANY = "plain upsert", "one per POST", "100 per POST"
AT_ONCE = 100
BODIES = {ONE: 20_000, MANY: 1_000}
READ = 100_000
PATH = "/compat/alertmanager/api/v2/alerts"


def measure(bench: Bench) -> None:
    """In turns with the floor, on the smallest size: alerts are looked up by nothing but a key."""
    size = bench.smallest
    key = asked("tests.bench.taking", size.url, "begin")
    singles = load.written(bench.folder, "singles", [_body(n, 1) for n in range(BODIES[ONE])])
    many = load.written(bench.folder, "many", [_body(n, AT_ONCE) for n in range(BODIES[MANY])])
    jobs = [
        Job(FLOOR, size.floor, "/alerts", singles, "POST", expected="success"),
        Job(ONE, size.tidegate, PATH, singles, "POST", token=key),
        Job(MANY, size.tidegate, PATH, many, "POST", token=key),
    ]
    samples = bench.alternated(jobs)
    bench.found["intake"] = {
        f"{name} c={connections}": {
            "alerts_per_second": str(spread([x.per_second * _alerts(name) for x in runs])),
            "p50_ms": str(spread([x.p50_ms for x in runs])),
            "p99_ms": str(spread([x.p99_ms for x in runs])),
            "cpu_ms": str(spread([x.cpu_ms for x in runs])),
        }
        for (name, connections), runs in samples.items()
    }
    for connections in bench.pace.connections:
        floor, one, hundred = (samples[name, connections] for name in (FLOOR, ONE, MANY))
        cost = ratio(_rates(floor), _rates(one))
        bench.targets.append(Target(f"{ONE}, c={connections}", cost, 3, 2, "× plain upsert"))
        share = ratio(_rates(one), [rate * AT_ONCE for rate in _rates(hundred)])
        what = f"an alert of {MANY}, c={connections}"
        bench.targets.append(Target(what, share, 0.1, None, "× one of its own"))
    _read(bench)


def _read(bench: Bench) -> None:
    """What a worker makes of them, and that its memory does not grow with their number."""
    read = asked("tests.bench.taking", bench.smallest.url, "read", str(READ))
    if read["wrong"]:
        raise WrongAnswer(f"{read['wrong']} messages could not be read.")
    bench.found["taking"] = {"a worker": {name: f"{value:,.3g}" for name, value in read.items()}}
    grown = spread([read["late_mb"] / read["early_mb"]])
    what = f"memory after {read['alerts']:,} alerts"
    bench.targets.append(Target(what, grown, 1.1, None, "× after 10,000"))


def _alerts(name: str) -> int:
    return AT_ONCE if name == MANY else 1


def _rates(runs: Sequence[Sample]) -> list[float]:
    return [one.per_second for one in runs]


def _body(number: int, count: int) -> str:
    """One POST of so many alerts, none of which is in another."""
    return json.dumps(
        [
            {
                "labels": {
                    "alertname": f"Rule{number % 50}",
                    "instance": f"host-{number}-{one}-of-{count}",
                    "service": "checkout",
                    "severity": "page",
                },
                "annotations": {"summary": "5xx ratio 8%"},
                "startsAt": "2026-11-20T22:10:04.512Z",
            }
            for one in range(count)
        ]
    )
