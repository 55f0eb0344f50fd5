"""The rule files we hand out are read by Prometheus, fire when they should, and say enough."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from incidents.intake import told

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"
RULES = sorted((FOLDER / "rules").glob("*.yml"))
TESTS = sorted((FOLDER / "tests").glob("*.yml"))


def ran(program: str, *words: str | Path) -> None:
    """Run a program of Prometheus' own in the folder, where it is installed."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed: apt install prometheus prometheus-alertmanager")
    ended = subprocess.run([found, *words], cwd=FOLDER, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def alerts() -> list[dict[str, Any]]:
    groups = [group for file in RULES for group in yaml.safe_load(file.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def test_prometheus_reads_every_rule():
    ran("promtool", "check", "rules", *RULES)
    ran("promtool", "check", "config", "prometheus.yml")


def test_each_alert_fires_on_its_story_and_on_no_other():
    ran("promtool", "test", "rules", *TESTS)


def test_alertmanager_reads_the_example():
    ran("amtool", "check-config", "alertmanager.yml")


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_what_it_is_and_what_to_do(rule):
    assert told.severity(rule["labels"]["severity"]) in (1, 2, 3)
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}


def test_every_alert_is_tried():
    tried = "".join(file.read_text() for file in TESTS)
    assert [rule["alert"] for rule in alerts() if rule["alert"] not in tried] == []
