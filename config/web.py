"""The web server, `python -m config.web`: Granian, whose workers share what Tidegate has loaded.

Granian forks its workers. What is loaded before that is in memory once, and not once in each: that
is most of it. So nothing may be open by then, neither a connection nor a thread: each worker opens
its own. (Where a system cannot fork safely, each worker loads Tidegate by itself, as ever.)
"""

import multiprocessing
import sys
from importlib import import_module
from typing import Any

from granian.cli import entrypoint

APPLICATION = "config.wsgi:application"
# What libraries load where they find it, for what no web server does: 10 MB.
NEVER_USED = ("greenlet", "markdown", "pygments", "requests", "rich")


def main() -> None:
    """Serve until told to stop; takes Granian's arguments but for the application."""
    load()
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")
    sys.argv.append(APPLICATION)
    entrypoint()


def load() -> None:
    """Load the application without what it never uses."""
    loaded: dict[str, Any] = sys.modules
    hidden = [name for name in NEVER_USED if name not in loaded]
    loaded.update(dict.fromkeys(hidden))  # to Python, None is what cannot be imported
    try:
        import_module(APPLICATION.partition(":")[0])
    finally:
        for name in hidden:
            loaded.pop(name)


if __name__ == "__main__":
    main()
