"""The web server, `python -m config.web`: Granian, whose workers share what Tidegate has loaded.

Granian forks its workers. What is loaded before that is in memory once, and not once in each: that
is most of it. So nothing may be open by then, neither a connection nor a thread: each worker opens
its own. (Where a system cannot fork safely, each worker loads Tidegate by itself, as ever.)
"""

import multiprocessing
import sys

from granian.cli import entrypoint

from config import wsgi

APPLICATION = f"{wsgi.__name__}:application"


def main() -> None:
    """Serve until told to stop; takes Granian's arguments but for the application."""
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")
    sys.argv.append(APPLICATION)
    entrypoint()


if __name__ == "__main__":
    main()
