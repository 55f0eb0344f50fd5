"""Clients that send half a request hold nobody up, and are cut off: on the real web server."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.utils import timezone

from catalog import tokens
from catalog.models import User
from config import installation
from config.environment import REPOSITORY
from ledger.inbox import sources
from ledger.models import Message
from tests import living
from tests.config.processes import free_port, within

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
QUESTION = {"service": "payments-api", "environment": "production", "revision": "4f2a9c1"}
HALF = (
    b"POST /api/v1/gate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100\r\n\r\n{"
)
PATIENCE_SECONDS = 2


class Web:
    """The web server as `manage.py up` starts it, with little patience."""

    def __init__(self) -> None:
        self.port = free_port()
        command = installation.web_command(bind="127.0.0.1", port=self.port)
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=REPOSITORY,
            env={
                "PATH": os.environ["PATH"],
                "TIDEGATE_HOME": os.environ["TIDEGATE_HOME"],
                "DATABASE_URL": _database_url(),
                "REQUEST_BODY_SECONDS": str(PATIENCE_SECONDS),
            },
        )

    def seconds(self, path: str, *, token: str = "", body: object = None) -> float:
        """How long a right answer takes."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
            request.add_header("Authorization", f"Bearer {token}")
        asked = time.monotonic()
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
        return time.monotonic() - asked

    def answers(self) -> bool:
        try:
            return self.seconds("/healthz") > 0
        except OSError:
            return False


def _database_url() -> str:
    given = connection.get_connection_params()
    names = {"dbname": given["dbname"], "host": given.get("host"), "user": given.get("user")}
    words = {name: value for name, value in names.items() if value}
    return f"postgresql:///?{urlencode(words)}"


@pytest.fixture
def web() -> Iterator[Web]:
    found = Web()
    try:
        assert within(60, found.answers)
        yield found
    finally:
        found.process.terminate()
        found.process.wait(30)


def test_twenty_slow_clients_hold_nobody_up_and_are_cut_off(web: Web) -> None:
    living.settle()
    robot = User.objects.create_user("pipeline", is_robot=True)
    _, token = tokens.issue(name="pipeline", user=robot, scopes=["gate"], now=timezone.now())
    web.seconds("/api/v1/gate", token=token, body=QUESTION)  # the first opens connections

    slow = [socket.create_connection(("127.0.0.1", web.port), timeout=30) for _ in range(20)]
    for client in slow:
        client.sendall(HALF)
    took = [
        seconds
        for _ in range(10)
        for seconds in (
            web.seconds("/healthz"),
            web.seconds("/api/v1/gate", token=token, body=QUESTION),
        )
    ]
    assert max(took) < 1

    began = time.monotonic()
    answers = [_heard(client) for client in slow]
    assert [answer.split(b"\r\n")[0] for answer in answers] == [
        b"HTTP/1.1 408 Request Timeout"
    ] * 20
    assert b'"code": "request_timeout"' in answers[0]
    assert time.monotonic() - began < PATIENCE_SECONDS + 5
    assert web.answers()

    given = {"slug": "am", "name": "AM", "vendor": "alertmanager"}
    _, key = sources.make(actor=robot, now=timezone.now(), **given)
    web.seconds("/hooks/am", token=key, body={"alerts": "x" * 7_900_000})
    assert len(bytes(Message.objects.get().body)) > 7_900_000


def _heard(client: socket.socket) -> bytes:
    """All that the server says until it closes the connection."""
    with client:
        parts = []
        while part := client.recv(65_536):
            parts.append(part)
        return b"".join(parts)
