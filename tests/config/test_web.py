"""The web server loads Tidegate once, for all of its workers."""

import os
import subprocess
import sys

from config import installation
from config.environment import REPOSITORY

OPEN = """
import threading
from config import web
web.load()
from django.db import connections
print(web.APPLICATION, threading.active_count(), [one.connection for one in connections.all()])
"""
LOADED = """
import sys
from config import web
web.load()
print(sorted(name for name in web.NEVER_USED if name in sys.modules))
import requests
"""


def said_by(program: str) -> tuple[str, str]:
    """What a process that has just begun prints, and its errors."""
    told = {"PATH": os.environ["PATH"], "TIDEGATE_HOME": os.environ["TIDEGATE_HOME"]}
    told["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/nothing"

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, env=told, capture_output=True, text=True
    )
    return done.stdout, done.stderr


def test_nothing_is_open_when_workers_are_made():
    assert said_by(OPEN) == ("config.wsgi:application 1 [None]\n", "")


def test_what_no_web_server_uses_is_not_loaded_and_can_be_by_others():
    assert said_by(LOADED) == ("[]\n", "")


def test_the_supervised_server_is_that_one():
    command = installation.web_command(bind="127.0.0.1", port=8000)

    assert command[:3] == ["config.web", "--interface", "wsgi"]
