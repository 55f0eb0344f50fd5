"""Whether /healthz, /readyz and /metrics say what holds."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from config import health
from config.health import Finding

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_a_worker_seen_lately_makes_everything_fine() -> None:
    health.beat(now=NOW)

    assert health.findings(now=NOW + timedelta(seconds=7)) == [
        Finding("database", ok=True, detail="answers"),
        Finding("migrations", ok=True, detail="all applied"),
        Finding("worker", ok=True, detail="seen 7 s ago"),
    ]


def test_a_silent_worker_is_named() -> None:
    health.beat(now=NOW)

    assert health.findings(now=NOW + timedelta(seconds=91))[-1] == Finding(
        "worker", ok=False, detail="seen 91 s ago; start a worker and beat"
    )


def test_readiness_says_what_is_wrong(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {
        "status": "unready",
        "checks": {
            "database": "answers",
            "migrations": "all applied",
            "worker": "no worker has been seen; start one",
        },
        "wrong": {"worker": "no worker has been seen; start one"},
    }


def test_a_balancer_may_probe_by_address(client: Client, settings) -> None:
    settings.ALLOWED_HOSTS = ["tidegate.example.com"]
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/", headers={"Host": "10.0.0.7:8000"}).status_code == 400


def test_health_asks_no_database(client: Client, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "ok"}
