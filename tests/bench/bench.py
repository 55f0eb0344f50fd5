"""What every scenario works with: the databases, the servers on them, and how long to measure."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench import databases, load, serving, stamps
from tests.bench.figures import Target
from tests.bench.load import Job, Sample
from tests.bench.serving import Served


@dataclass(frozen=True, slots=True)
class Size:
    """One generated database, the two servers on it, and what there is to ask."""

    label: str
    url: str
    floor: Served
    tidegate: Served
    targets: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long and how often to measure."""

    rounds: int
    seconds: int
    connections: tuple[int, ...]
    lifecycles: int


@dataclass(slots=True)
class Bench:
    """A run of the benchmarks, and what it found so far."""

    sizes: Sequence[Size]
    pace: Pace
    folder: Path
    found: dict[str, Any] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)

    @property
    def smallest(self) -> Size:
        return self.sizes[0]

    @property
    def largest(self) -> Size:
        return self.sizes[-1]

    def alternated(self, jobs: Sequence[Job]) -> dict[tuple[str, int], list[Sample]]:
        """The jobs by turns, round by round: (name, connections) → a sample of each round."""
        for job in jobs:
            load.run(job, connections=8, seconds=min(2, self.pace.seconds))
        samples: dict[tuple[str, int], list[Sample]] = {}
        for turn in range(self.pace.rounds):
            for connections in self.pace.connections:
                for job in jobs:
                    sample = load.run(job, connections=connections, seconds=self.pace.seconds)
                    samples.setdefault((job.name, connections), []).append(sample)
            print(f"  round {turn + 1} of {self.pace.rounds}", file=sys.stderr)
        return samples

    def floor_job(self, size: Size) -> Job:
        """`one` on the database of this size."""
        lines = [f"/one/{number}" for number in size.targets["numbers"]]
        file = load.written(self.folder, f"one-{size.label}", lines)
        return Job(f"one {size.label}", size.floor, "", file, expected='"title"')


@contextmanager
def opened(server_url: str, sizes: Mapping[str, int]) -> Iterator[list[Size]]:
    """The databases with their servers, started one after the other."""
    with ExitStack() as stack:
        found = []
        for label, size in sizes.items():
            url = databases.prepared(server_url, label=label, size=size)
            targets = asked("tests.bench.targets", url)
            floor = stack.enter_context(serving.served(serving.FLOOR, url))
            tidegate = stack.enter_context(serving.served(serving.TIDEGATE, url))
            found.append(Size(label, url, floor, tidegate, targets))
        yield found


def asked(module: str, url: str, *arguments: str, told: str = "") -> Any:
    """What a module of ours prints as JSON, run on a database and told a text."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=stamps.ROOT,
        env=databases.environment(url),
        stdout=subprocess.PIPE,
        input=told.encode(),
        check=True,
    )
    return json.loads(done.stdout)
