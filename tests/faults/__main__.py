"""Load while processes are killed: `./run faults [--seconds 60] [--broker rabbitmq]`.

Two web servers answer the gate and take a storm of alerts, whose receivers say no, ask for time,
hang and drop, while the workers, the broker, the timetable and one of the two servers are killed
and come back. Then what was told is held against the truth and against the database: no answer,
alert or message is lost, and each receiver heard of each incident in order. Last, one permit is
shown a thousand times at once to both servers. Ends with 1 where anything is wrong.
"""

import argparse
import os
import subprocess
import sys

from tests.bench import databases, stamps
from tests.faults.installation import BROKERS


def main() -> int:
    """Make a database, let `run` work on it, and drop it; answers 1 where anything was wrong."""
    parser = argparse.ArgumentParser(prog="./run faults", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of load")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--redemptions", type=int, default=1000, help="of one permit, at once")
    parser.add_argument("--broker", choices=BROKERS, default="redis", help="what carries messages")
    parser.add_argument(
        "--hurried", action="store_true", help="with waits of seconds where people wait for minutes"
    )
    given = parser.parse_args()
    label = f"faults_{os.getpid()}"
    with databases.server() as server:
        url = databases.fresh(server, label=label)
        app = "tests.faults.hurried" if given.hurried else "config.celery"
        words = [given.seconds, given.connections, given.redemptions, given.broker, app]
        try:
            return subprocess.run(
                [sys.executable, "-m", "tests.faults.run", *map(str, words)],
                cwd=stamps.ROOT,
                env=databases.environment(url),
                check=False,
            ).returncode
        finally:
            databases.drop(server, label=label)


if __name__ == "__main__":
    sys.exit(main())
