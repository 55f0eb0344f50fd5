"""The brokers that tests send messages over: PostgreSQL, and another where one is named.

Over PostgreSQL each test has a database of its own. Another broker has one set of queues, and a
worker takes whatever comes, also what another test sent: so one test at a time has it.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

PGMQ = "PostgreSQL"
BROKERS = [PGMQ, *filter(None, [os.environ.get("TIDEGATE_TEST_BROKER")])]


@contextmanager
def alone(broker: str) -> Iterator[None]:
    """No other test has this broker meanwhile, in whatever process it runs."""
    if broker == PGMQ:
        yield
        return
    name = f"tidegate-broker-{sha256(broker.encode()).hexdigest()[:12]}"
    with (Path(tempfile.gettempdir()) / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
