"""Alerts that come in: one per POST against an upsert, and a hundred per POST.

Then a worker reads a hundred thousand of them: what memory that takes, in the web server and there.
"""

import json
from collections.abc import Sequence

from tests.bench import load
from tests.bench.bench import Bench, asked
from tests.bench.figures import Target, ratio, spread
from tests.bench.load import Job, Sample, WrongAnswer
from tests.bench.scenarios import intake_memory

AT_ONCE, BODIES, HOT = 100, 100, 100
PATH = "/compat/alertmanager/api/v2/alerts"
FLOOR, ONE = "plain upsert", "one per POST"
MANY = f"{AT_ONCE} per POST"
KINDS = ("", ", hot")


def measure(bench: Bench) -> None:
    """In turns with the floor, on the smallest size: alerts are looked up by nothing but a key."""
    url = bench.smallest.url
    key = asked("tests.bench.taking", url, "begin")
    try:
        samples = bench.alternated(_jobs(bench, key))
        _tell(bench, samples)
        asked("tests.bench.taking", url, "clear")
        intake_memory.measure(bench, key=key, path=PATH, body=lambda n: _body(n, AT_ONCE, f"m{n}"))
    finally:
        left = asked("tests.bench.taking", url, "end")
    if left["wrong"]:
        raise WrongAnswer(f"{left['wrong']} messages could not be read.")


def _jobs(bench: Bench, key: str) -> list[Job]:
    """Every POST of another alert, then POSTs of one of a hundred; each after its floor."""
    size, jobs = bench.smallest, []
    for suffix in KINDS:
        serial = "" if suffix else load.SERIAL
        lines = [_body(n, 1, f"{serial}{n}") for n in range(HOT)]
        file = load.written(bench.folder, f"singles{suffix}", lines)
        jobs += [
            Job(FLOOR + suffix, size.floor, "/alerts", file, "POST", expected="success"),
            Job(ONE + suffix, size.tidegate, PATH, file, "POST", token=key),
        ]
    many = [_body(n, AT_ONCE, f"{load.SERIAL}{n}") for n in range(BODIES)]
    file = load.written(bench.folder, "many", many)
    return [*jobs, Job(MANY, size.tidegate, PATH, file, "POST", token=key)]


def _tell(bench: Bench, samples: dict[tuple[str, int], list[Sample]]) -> None:
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
        for suffix in KINDS:
            one = _rates(samples[ONE + suffix, connections])
            cost = ratio(_rates(samples[FLOOR + suffix, connections]), one)
            what = f"{ONE}{suffix}, c={connections}"
            bench.targets.append(Target(what, cost, 3, 2, "× plain upsert"))
        one = _rates(samples[ONE, connections])
        hundred = [rate * AT_ONCE for rate in _rates(samples[MANY, connections])]
        what = f"an alert of {MANY}, c={connections}"
        share = ratio(one, hundred)
        bench.targets.append(Target(what, share, 0.1, None, "× one of its own"))


def _alerts(name: str) -> int:
    return AT_ONCE if name == MANY else 1


def _rates(runs: Sequence[Sample]) -> list[float]:
    return [one.per_second for one in runs]


def _body(number: int, count: int, mark: str) -> str:
    """One POST of so many alerts; no two of them are the same where the mark differs."""
    return json.dumps(
        [
            {
                "labels": {
                    "alertname": f"Rule{number % 50}",
                    "instance": f"host-{mark}-{one}-of-{count}",
                    "service": "checkout",
                    "severity": "page",
                },
                "annotations": {"summary": "5xx ratio 8%"},
                "startsAt": "2026-11-20T22:10:04.512Z",
            }
            for one in range(count)
        ]
    )
