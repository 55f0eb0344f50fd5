"""A change from filing to closing over REST, by two people, against the same rows by raw SQL."""

import http.client
import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from tests.bench.bench import Bench, Size
from tests.bench.figures import Target, ratio, spread
from tests.bench.load import WrongAnswer
from tests.bench.serving import Served

EVENTS = ["created", "submitted", "cast", "approved", "started", "finished", "closed"]


class Client:
    """One keep-alive connection that sends JSON and wants 2xx back."""

    def __init__(self, served: Served) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)

    def send(self, method: str, path: str, token: str, body: Mapping[str, Any] | None) -> Any:
        """The answer as JSON; raises `WrongAnswer` for anything but 2xx."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        sent = json.dumps(body) if body is not None else None
        self._connection.request(method, path, sent, headers)
        response = self._connection.getresponse()
        text = response.read()
        if response.status // 100 != 2:
            raise WrongAnswer(f"{method} {path}: {response.status} {text[:500]!r}")
        return json.loads(text)


def measure(bench: Bench) -> None:
    """CPU per lifecycle, web and database together, in turns with the floor."""
    size = bench.largest
    ours, floor = Client(size.tidegate), Client(size.floor)
    cpu: dict[str, list[float]] = {"tidegate": [], "floor": []}
    wall: dict[str, list[float]] = {"tidegate": [], "floor": []}
    last = ""
    for turn in range(bench.pace.rounds + 1):
        for name, served in (("floor", size.floor), ("tidegate", size.tidegate)):
            before, began = served.cpu_ms(), time.perf_counter()
            for _ in range(bench.pace.lifecycles):
                if name == "tidegate":
                    last = _tidegate(ours, size)
                else:
                    _floor(floor, size)
            if turn:  # the first round warms up
                cpu[name].append((served.cpu_ms() - before) / bench.pace.lifecycles)
                took = (time.perf_counter() - began) * 1000
                wall[name].append(took / bench.pace.lifecycles)
        if turn:
            print(f"  round {turn} of {bench.pace.rounds}", file=sys.stderr)
    _check(ours, size, last)
    bench.found["lifecycle"] = {
        name: {"cpu_ms": str(spread(cpu[name])), "wall_ms": str(spread(wall[name]))} for name in cpu
    }
    cost = ratio(cpu["tidegate"], cpu["floor"])
    bench.targets.append(Target(f"lifecycle CPU, {size.label}", cost, 4, 2.5, "× floor"))


def _tidegate(client: Client, size: Size) -> str:
    told = size.targets["lifecycle"]
    author, peer = told["author"], told["peer"]
    ref: str = client.send("POST", "/api/v1/changes", author, told["fields"])["ref"]
    path = f"/api/v1/changes/{ref}"
    client.send("POST", f"{path}/submit", author, {})
    client.send("POST", f"{path}/votes", peer, {"decision": "approve"})
    client.send("POST", f"{path}/start", author, {})
    client.send("POST", f"{path}/finish", author, {})
    client.send("POST", f"{path}/close", author, {"outcome": "successful", "note": "Done."})
    return ref


def _floor(client: Client, size: Size) -> None:
    told = size.targets["lifecycle"]
    author, peer = told["author"], told["peer"]
    number = client.send("POST", "/changes", author, told["fields"])["number"]
    for verb in ("submit", "votes", "start", "finish", "close"):
        sent = {"outcome": "successful", "note": "Done."} if verb == "close" else {}
        client.send("POST", f"/changes/{number}/{verb}", peer if verb == "votes" else author, sent)


def _check(client: Client, size: Size, ref: str) -> None:
    """The last lifecycle ended closed, with an event for each step."""
    token = size.targets["lifecycle"]["author"]
    change = client.send("GET", f"/api/v1/changes/{ref}", token, None)
    timeline = client.send("GET", f"/api/v1/changes/{ref}/timeline", token, None)
    events = timeline["results"] if isinstance(timeline, dict) else timeline
    verbs = [event["verb"].rpartition(".")[2] for event in events]
    if change["state"] != "closed" or sorted(verbs) != sorted(EVENTS):
        raise WrongAnswer(f"{ref} ended {change['state']} with {verbs}.")
