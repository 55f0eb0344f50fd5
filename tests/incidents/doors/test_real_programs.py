"""Prometheus, Alertmanager and amtool, as they are, tell their alerts."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from incidents.models import Alert, Incident
from ledger.models import Message

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
WAIT_SECONDS = 30
ALERTMANAGER = """
route: {{receiver: tidegate, group_by: [alertname], group_wait: 0s, group_interval: 1s}}
receivers:
- name: tidegate
  webhook_configs:
  - url: {url}/hooks/alertmanager
    http_config: {{authorization: {{credentials: {key}}}}}
"""
PROMETHEUS = """
global: {{evaluation_interval: 1s}}
rule_files: [rules.yml]
alerting:
  alertmanagers:
  - path_prefix: /compat/alertmanager
    authorization: {{credentials: {key}}}
    static_configs: [{{targets: ["{host}"]}}]
"""
RULES = """
groups:
- name: always
  rules:
  - alert: AlwaysOn
    expr: vector(1)
    labels: {service: checkout, severity: critical}
    annotations: {summary: It is on}
"""


@pytest.fixture(autouse=True)
def programs() -> None:
    for name in ("prometheus", "prometheus-alertmanager", "amtool"):
        if shutil.which(name) is None:
            pytest.skip(f"{name} is missing: apt-get install prometheus prometheus-alertmanager")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(*command: str, home: Path) -> Iterator[None]:
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=home, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)


def await_true(check: Callable[[], bool], home: Path) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not check():
        assert time.monotonic() < deadline, (home / "log").read_text()[-2000:]
        time.sleep(0.2)


def amtool(url: str, *words: str) -> str:
    command = ("amtool", f"--alertmanager.url={url}", "--timeout=20s", *words)
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def heard(read: Callable[[], list[str]]) -> list[tuple[str, str]]:
    read()
    return list(Alert.objects.order_by("id").values_list("title", "state"))


def test_alertmanager_notifies_us(source, for_checkout, read, live_server, tmp_path):
    key, port = source("alertmanager"), free_port()
    told = ALERTMANAGER.format(url=live_server.url, key=key)
    (tmp_path / "am.yml").write_text(told)
    listens = f"127.0.0.1:{port}"
    flags = ("--config.file=am.yml", "--storage.path=data", "--cluster.listen-address=")
    program = ("prometheus-alertmanager", *flags, f"--web.listen-address={listens}")
    words = ("alert", "add", "HighErrorRate", "service=checkout", "severity=critical")
    with running(*program, home=tmp_path):
        there = f"http://{listens}"
        await_true(lambda: _answers(there), tmp_path)
        amtool(there, *words, "--annotation=summary=5xx is 8%")
        await_true(lambda: heard(read) == [("5xx is 8%", "firing")], tmp_path)
        times = (Alert.objects.get().started_at.isoformat(), datetime.now(UTC).isoformat())
        amtool(there, *words, f"--start={times[0]}", f"--end={times[1]}")
        await_true(lambda: [state for _, state in heard(read)] == ["resolved"], tmp_path)

    assert set(read()) == {"done"}
    assert Incident.objects.get().severity == 1


def _answers(url: str) -> bool:
    try:
        amtool(url, "alert", "query")
    except subprocess.CalledProcessError:
        return False
    return True


def test_prometheus_posts_to_us(source, for_checkout, read, live_server, tmp_path):
    key, port = source("alertmanager"), free_port()
    host = live_server.url.removeprefix("http://")
    (tmp_path / "prometheus.yml").write_text(PROMETHEUS.format(host=host, key=key))
    (tmp_path / "rules.yml").write_text(RULES)
    flags = ("--config.file=prometheus.yml", "--storage.tsdb.path=data")
    again = "--rules.alert.resend-delay=1s"  # The first is dropped: no Alertmanager is known yet.
    program = ("prometheus", *flags, again, f"--web.listen-address=127.0.0.1:{port}")
    with running(*program, home=tmp_path):
        await_true(lambda: heard(read) == [("It is on", "firing")], tmp_path)

    alert = Alert.objects.get()
    assert alert.ends_by_itself_at > alert.started_at
    assert set(read()) == {"done"}


def test_amtool_adds_and_queries_with_us(source, for_checkout, read, live_server):
    key = source("alertmanager")
    url = live_server.url.replace("http://", f"http://amtool:{key}@") + "/compat/alertmanager"
    amtool(url, "alert", "add", "DiskFull", "service=checkout", "instance=db-1")
    assert heard(read) == [("DiskFull", "firing")]

    told = json.loads(amtool(url, "--output=json", "alert", "query", "instance=~db.*"))

    assert [one["labels"]["alertname"] for one in told] == ["DiskFull"]
    assert json.loads(amtool(url, "--output=json", "alert", "query", "instance=web")) == []
    assert Message.objects.get().state == "done"
