"""A real Alertmanager, the receiver it tells, and `amtool` to ask it."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

CONFIG = """
route: {{receiver: us, group_by: [alertname, service], group_wait: 100ms, group_interval: 1s,
  repeat_interval: 1h}}
receivers:
  - name: us
    webhook_configs: [{{url: "http://127.0.0.1:{port}/", send_resolved: false}}]
"""
PATIENCE_SECONDS = 20


class Alertmanager:
    """One that runs; `told` are the alerts its receiver heard of."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.told: list[dict[str, str]] = []

    def amtool(self, *words: str) -> str:
        command = ["amtool", f"--alertmanager.url={self.url}", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
        return done.stdout

    def fire(self, name: str, service: str) -> None:
        self.amtool("alert", "add", f"alertname={name}", f"service={service}")

    def silences(self) -> list[dict[str, Any]]:
        """Those that hold now, as amtool tells them."""
        found: list[dict[str, Any]] = json.loads(self.amtool("-o", "json", "silence", "query"))
        return found

    def heard(self, name: str) -> bool:
        return any(one["alertname"] == name for one in self.told)

    def until(self, so: Callable[[], bool]) -> None:
        """Wait until something is so: its groups are told in real time."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not so():
            assert time.monotonic() < until, "It never came to be so."
            time.sleep(0.1)


@contextmanager
def running(home: Path) -> Iterator[Alertmanager]:
    """Alertmanager on a free port; it fails where there is none."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    assert program is not None, "Not installed: apt-get install prometheus-alertmanager"
    there = Alertmanager(_free_port())
    receiver = _receiver(there)
    port = receiver.server_address[1]
    (home / "alertmanager.yml").write_text(CONFIG.format(port=port))
    process = subprocess.Popen(
        [
            program,
            f"--config.file={home / 'alertmanager.yml'}",
            f"--storage.path={home / 'data'}",
            f"--web.listen-address={there.url.removeprefix('http://')}",
            "--cluster.listen-address=",
            "--log.level=error",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        there.until(lambda: _answers(there))
        yield there
    finally:
        process.terminate()
        process.wait(timeout=10)
        receiver.shutdown()
        receiver.server_close()


def _answers(there: Alertmanager) -> bool:
    try:
        there.silences()
    except subprocess.CalledProcessError:
        return False
    return True


def _receiver(there: Alertmanager) -> ThreadingHTTPServer:
    class Hear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            there.told += [one["labels"] for one in body["alerts"]]
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hear)
    Thread(target=server.serve_forever, daemon=True).start()
    return server


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
