#!/usr/bin/env python
"""Django's command line, with Tidegate's settings."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError

# These connect as the owner of the tables, by DATABASE_OWNER_URL where it is set.
OWNER_COMMANDS = frozenset({"migrate", "prepare_database", "up"})


def main() -> None:
    """Run the command; a database that cannot be reached is one line, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if OWNER_COMMANDS & set(sys.argv[1:2]):
        os.environ["TIDEGATE_AS_OWNER"] = "1"
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as wrong:
        if getattr(wrong.__cause__, "sqlstate", "") is not None:
            raise  # The server answered: this is no missing server.
        said = " ".join(str(wrong).split())
        print(f"tidegate: {said} Start ./run up, or set DATABASE_URL.", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
