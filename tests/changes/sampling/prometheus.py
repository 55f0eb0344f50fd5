"""A real Prometheus that scrapes a little exporter of our own every second.

It is the only place where tests wait for a real clock: its scrapes happen in time.
"""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 900ms}}
scrape_configs:
  - job_name: refunds
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
PATIENCE_SECONDS = 20


class Track:
    """One side of a canary: with each scrape 100 requests more, some of which fail or are slow."""

    def __init__(self) -> None:
        self.errors = self.slow = 0
        self._all = self._failed = self._slowly = 0

    def lines(self, track: str) -> str:
        self._all += 100
        self._failed += self.errors
        self._slowly += self.slow
        one = f'service="payments-api",track="{track}"'
        quick = self._all - self._slowly
        took = "http_request_duration_seconds_bucket"
        return (
            f'http_requests_total{{{one},code="200"}} {self._all - self._failed}\n'
            f'http_requests_total{{{one},code="500"}} {self._failed}\n'
            f'{took}{{{one},le="0.1"}} {quick}\n'
            f'{took}{{{one},le="0.5"}} {self._all}\n'
            f'{took}{{{one},le="+Inf"}} {self._all}\n'
        )


class Exporter:
    """Serves `http_requests_total`: with each scrape 100 requests more, of them `errors` failed.

    That is for refunds; of payments-api there are two tracks, which may be taken away.
    """

    def __init__(self) -> None:
        self.errors = 0
        self.tracks = {"canary": Track(), "stable": Track()}
        self._all = self._failed = 0
        exporter = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = exporter.scraped().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, daemon=True).start()

    def scraped(self) -> str:
        self._all += 100
        self._failed += self.errors
        name = "http_requests_total"
        return (
            f"# TYPE {name} counter\n"
            f'{name}{{service="refunds",code="200"}} {self._all - self._failed}\n'
            f'{name}{{service="refunds",code="500"}} {self._failed}\n'
            + "".join(track.lines(word) for word, track in self.tracks.items())
        )

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Prometheus:
    """One that runs, and the exporter it scrapes."""

    def __init__(self, url: str, exporter: Exporter) -> None:
        self.url = url
        self.exporter = exporter

    def asked(self, query: str) -> list[Any]:
        """The samples of an instant query."""
        with urlopen(f"{self.url}/api/v1/query?{urlencode({'query': query})}", timeout=5) as said:
            found: list[Any] = json.load(said)["data"]["result"]
        return found

    def until(self, query: str) -> None:
        """Wait until a query answers something."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                if self.asked(query):
                    return
            except (URLError, OSError):
                pass
            time.sleep(0.2)
        raise AssertionError(f"Prometheus never answered {query}.")


@contextmanager
def running(home: Path) -> Iterator[Prometheus]:
    """Prometheus on a free port, until it has scraped a few times; it fails where there is none."""
    program = shutil.which("prometheus")
    assert program is not None, "Prometheus is not installed: apt-get install prometheus"
    exporter, port = Exporter(), _free_port()
    (home / "prometheus.yml").write_text(CONFIG.format(port=exporter.port))
    process = subprocess.Popen(
        [
            program,
            f"--config.file={home / 'prometheus.yml'}",
            f"--storage.tsdb.path={home / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        there = Prometheus(f"http://127.0.0.1:{port}", exporter)
        there.until("count_over_time(http_requests_total[10s]) > 2")
        yield there
    finally:
        process.terminate()
        process.wait(timeout=10)
        exporter.stop()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
