"""A hundred thousand alerts through the web server and a worker, whose memory must not grow."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

import psycopg

from tests.bench.bench import Bench
from tests.bench.figures import Target, spread
from tests.bench.load import WrongAnswer
from tests.bench.serving import Served, working

AT_ONCE, LOOKS = 100, 5
WARM = 2
"""By which look each process of the worker has begun to work."""
POSTS, QUICK_POSTS = 1000, 200
AT_MOST_SECONDS = 400
_COUNT = "SELECT count(*) FROM incidents_alert WHERE source LIKE 'bench-%%'"


def measure(bench: Bench, *, key: str, path: str, body: Callable[[int], str]) -> None:
    """Memory each time that a fifth more was taken; the last is held against the one of `WARM`."""
    posts = QUICK_POSTS if bench.pace.rounds == 1 else POSTS
    served = bench.smallest.tidegate
    rows: dict[str, dict[str, str]] = {"none yet": _row(served.memory_mb())}
    memory: list[tuple[float, float]] = []
    with working(bench.smallest.url) as worker, _connection(bench.smallest.url) as database:
        began, spent = time.monotonic(), worker.cpu_ms()
        for look in range(LOOKS):
            numbers = range(look * posts // LOOKS, (look + 1) * posts // LOOKS)
            _post(served, key=key, path=path, bodies=map(body, numbers))
            taken = AT_ONCE * numbers.stop
            _await_taken(database, taken, until=began + AT_MOST_SECONDS)
            took, cpu = time.monotonic() - began, worker.cpu_ms() - spent
            memory.append((served.memory_mb(), worker.memory_mb()))
            rows[f"{taken:,} alerts"] = _row(
                *memory[-1], rate=f"{taken / took:,.0f}", cpu=f"{cpu / taken:.2f}"
            )
    bench.found["taking alerts"] = rows
    for number, name in enumerate(("web", "worker")):
        grown = spread([memory[-1][number] / memory[WARM - 1][number]])
        what = f"{name} memory after {taken:,} alerts"
        bench.targets.append(Target(what, grown, 1.1, None, f"× after {WARM * taken // LOOKS:,}"))


def _row(web: float, worker: float = 0, *, rate: str = "", cpu: str = "") -> dict[str, str]:
    return {
        "web_mb": f"{web:.1f}",
        "worker_mb": f"{worker:.1f}" if worker else "",
        "alerts_per_second": rate,
        "worker_cpu_ms": cpu,
    }


@contextmanager
def _connection(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True, application_name="bench") as connection:
        yield connection


def _post(served: Served, *, key: str, path: str, bodies: Iterator[str]) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection = HTTPConnection("127.0.0.1", served.port, timeout=30)
    for body in bodies:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise WrongAnswer(f"{path} answered {answer.status}: {said[:300]!r}")
    connection.close()


def _await_taken(database: psycopg.Connection, count: int, *, until: float) -> None:
    """Wait for a worker to have read so many; raises `WrongAnswer` where it takes too long."""
    taken = 0
    while time.monotonic() < until:
        taken = next(iter(database.execute(_COUNT)))[0]
        if taken >= count:
            return
        time.sleep(0.2)
    raise WrongAnswer(f"{taken:,} of {count:,} alerts were taken in {AT_MOST_SECONDS} s.")
