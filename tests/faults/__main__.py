"""Load while processes are killed: `./run faults [--seconds 60] [--connections 32]`.

Two web servers answer the gate while the worker, the broker and one of the two are killed and come
back. Then what was told is held against the truth and against the database, and one permit is shown
a thousand times at once to both servers. Ends with 1 where anything is wrong.
"""

import argparse
import os
import subprocess
import sys

from tests.bench import databases, stamps


def main() -> int:
    """Make a database, let `run` work on it, and drop it; answers 1 where anything was wrong."""
    parser = argparse.ArgumentParser(prog="./run faults", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of load")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--redemptions", type=int, default=1000, help="of one permit, at once")
    given = parser.parse_args()
    label = f"faults_{os.getpid()}"
    with databases.server() as server:
        url = databases.fresh(server, label=label)
        words = [str(given.seconds), str(given.connections), str(given.redemptions)]
        try:
            return subprocess.run(
                [sys.executable, "-m", "tests.faults.run", *words],
                cwd=stamps.ROOT,
                env=databases.environment(url),
                check=False,
            ).returncode
        finally:
            databases.drop(server, label=label)


if __name__ == "__main__":
    sys.exit(main())
