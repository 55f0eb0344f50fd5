"""Many connections that ask and write down what they were told, and when."""

import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

from tests.faults.world import Case, World

TIMEOUT_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Told:
    """One attempt: `status` is 0 where the connection broke. Times are `time.monotonic()`."""

    case: Case | None
    port: int
    began: float
    ended: float
    status: int
    body: dict[str, Any]


class Caller:
    """Connections that are kept, one to each server."""

    def __init__(self, secret: str) -> None:
        self._headers = {
            "Authorization": f"Bearer {secret}",
            "Content-Type": "application/json",
        }
        self._open: dict[int, HTTPConnection] = {}

    def post(self, port: int, path: str, body: Any, case: Case | None = None) -> Told:
        """Ask once: what was not answered is not asked again."""
        began = time.monotonic()
        connection = self._open.get(port) or HTTPConnection("127.0.0.1", port, TIMEOUT_SECONDS)
        self._open[port] = connection
        try:
            connection.request("POST", f"/api/v1{path}", json.dumps(body), self._headers)
            response = connection.getresponse()
            status, said = response.status, json.loads(response.read())
        except (OSError, HTTPException, ValueError):
            connection.close()
            del self._open[port]
            status, said = 0, {}
        return Told(case, port, began, time.monotonic(), status, said)


def ask(world: World, ports: Sequence[int], *, connections: int, seconds: float) -> list[Told]:
    """Let so many connections ask questions of the matrix for so long; each attempt."""
    until, told = time.monotonic() + seconds, []

    def go_on(seed: int) -> None:
        rng, caller = random.Random(seed), Caller(world.secret)
        while time.monotonic() < until:
            case, port = rng.choice(world.cases), rng.choice(ports)
            one = caller.post(port, "/gate", case.question, case)
            told.append(one)
            if one.status == 0:
                time.sleep(0.02)  # a refused connection must not become a busy loop

    _together([threading.Thread(target=go_on, args=(seed,)) for seed in range(connections)])
    return told


def redeem(
    permit: str, ports: Sequence[int], *, secret: str, times: int, connections: int
) -> list[Told]:
    """Show one permit so many times, at once, to every server in turn."""
    told: list[Told] = []
    start = threading.Barrier(connections)

    def show(first: int) -> None:
        caller = Caller(secret)
        start.wait()
        for number in range(first, times, connections):
            report = {"permit": permit, "status": "started"}
            told.append(caller.post(ports[number % len(ports)], "/deployments", report))

    _together([threading.Thread(target=show, args=(first,)) for first in range(connections)])
    return told


def _together(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
