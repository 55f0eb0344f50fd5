"""Tidegate's Celery application with tasks that leave a mark, for tests of brokers."""

import os
import time
from pathlib import Path

from config.celery import app

MARKS = Path(os.environ.get("TIDEGATE_TEST_MARKS", "."))
VISIBILITY_SECONDS = 6
if not app.conf.broker_url.startswith("amqp"):
    app.conf.broker_transport_options["visibility_timeout"] = VISIBILITY_SECONDS


@app.task(name="tests.mark")
def mark(name: str) -> None:
    """Leave one line per run."""
    with (MARKS / name).open("a") as file:
        file.write("ran\n")


@app.task(name="tests.linger")
def linger(name: str, seconds: float) -> None:
    """Leave a line at the start of each run and another at its end."""
    with (MARKS / name).open("a") as file:
        file.write("began\n")
    time.sleep(seconds)
    with (MARKS / name).open("a") as file:
        file.write("ended\n")


if __name__ == "__main__":
    app.start()
