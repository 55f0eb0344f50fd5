"""Receivers that say no, ask for time, hang and drop, and write down what they took."""

import json
import socket
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from typing import Any

TROUBLE = ("500", "429", "drop", "hang")
HANG_SECONDS, STALL_SECONDS = 2.0, 3.0  # Less than a message is held for when all is hurried.


class Receivers:
    """What came by path, and what was taken: (first part of the path, subject) → words, in order.

    The first attempt of every `often`-th message meets trouble, of each kind in turn. A word is the
    digest of the event, or what a pager is told. What is posted to /chat hangs, and is never taken.
    """

    def __init__(self, *, often: int) -> None:
        self.often = often
        self.guard = threading.Lock()
        self.came: Counter[str] = Counter()
        self.taken: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.verbs: dict[str, str] = {}
        self.met: Counter[str] = Counter()
        self.ended = threading.Event()

    def take(self, path: str, body: Any) -> str:
        """Answers a status, or what else becomes of the caller."""
        name = path.strip("/").partition("/")[0]
        if name == "chat":
            return "stall"
        told = body.get("data", body)
        subject = str(told.get("subject") or told.get("dedup_key"))
        word = str(told.get("digest") or told.get("event_action"))
        with self.guard:
            self.verbs[word] = str(told.get("verb", word))
            mark = f"{name} {subject} {word}"
            first, count = self.came[mark] == 0, len(self.came)
            self.came[mark] += 1
            if first and count % self.often == 0:
                trouble = TROUBLE[count // self.often % len(TROUBLE)]
                self.met[trouble] += 1
                return trouble
            self.taken[name, subject].append(word)
        return "202"

    def told(self, name: str, subject: str) -> list[str]:
        """What one was told of a subject; what came twice at once was sent again."""
        return [word for word, _ in groupby(self.taken[name, subject])]


@contextmanager
def serving(receivers: Receivers) -> Iterator[str]:
    """The address at which they listen, each caller in a thread of its own."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            answer = receivers.take(self.path, json.loads(self.rfile.read(length) or b"{}"))
            if answer in ("hang", "stall"):
                receivers.ended.wait(HANG_SECONDS if answer == "hang" else STALL_SECONDS)
            if not answer.isdigit():
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(int(answer))
            if answer == "429":
                self.send_header("Retry-After", "1")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        receivers.ended.set()
        server.shutdown()
        server.server_close()
