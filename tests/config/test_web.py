"""The web server loads Tidegate once, for all of its workers."""

import os
import subprocess
import sys

from config import installation
from config.environment import REPOSITORY

LOADED = """
import threading
from config import web
from django.db import connections
print(web.APPLICATION, threading.active_count(), [one.connection for one in connections.all()])
"""


def test_nothing_is_open_when_workers_are_made():
    told = {"PATH": os.environ["PATH"], "TIDEGATE_HOME": os.environ["TIDEGATE_HOME"]}
    told["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/nothing"

    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=REPOSITORY, env=told, capture_output=True, text=True
    )

    assert (done.stderr, done.stdout) == ("", "config.wsgi:application 1 [None]\n")


def test_the_supervised_server_is_that_one():
    command = installation.web_command(bind="127.0.0.1", port=8000)

    assert command[:3] == ["config.web", "--interface", "wsgi"]
