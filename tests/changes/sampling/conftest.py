"""A real Prometheus, and changes that live today."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from changes.models import PrometheusServer
from changes.rulebook import checks
from tests import living
from tests.changes.sampling.prometheus import Prometheus, running
from tests.living import person


@pytest.fixture(scope="package")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    home: Path = tmp_path_factory.mktemp("prometheus")
    with running(home) as there:
        yield there


@pytest.fixture
def now_is_today(settings: Any, monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """Changes were finished a minute ago."""
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setattr(living, "NINE", timezone.now() - timedelta(minutes=91))
    living.settle()


@pytest.fixture
def server(prometheus: Prometheus, now_is_today: None) -> PrometheusServer:
    row = PrometheusServer(slug="main", name="Main", base_url=prometheus.url)
    return checks.save_server(row, bearer=None, actor=person("manager"), now=timezone.now())
