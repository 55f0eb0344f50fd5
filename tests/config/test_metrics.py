"""Figures for Prometheus."""

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

pytestmark = pytest.mark.django_db


def figures(client: Client, **headers: str) -> dict[tuple[str, ...], float]:
    text = client.get("/metrics", headers=headers).content.decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_are_counted_by_route_and_status(client: Client) -> None:
    key = ("tidegate_requests_total", "GET", "unmatched", "404")
    before = figures(client).get(key, 0)

    client.get("/api/v1/one")
    client.get("/api/v1/another")

    assert figures(client)[key] == before + 2


def test_what_the_database_holds_is_read(client: Client) -> None:
    read = figures(client)

    assert read[("tidegate_database_up",)] == 1
    assert read[("tidegate_outbox_waiting",)] == 0
    assert read[("tidegate_outbox_oldest_due_seconds",)] == 0
    assert read[("tidegate_outbox_given_up",)] == 0


def test_a_token_can_be_demanded(client: Client, settings) -> None:
    settings.METRICS_TOKEN = "hush"

    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer hush"}).status_code == 200


def test_production_shows_nothing_without_a_token(client: Client, settings) -> None:
    settings.TIDEGATE_ENV = "production"

    hidden = client.get("/metrics")
    settings.METRICS_TOKEN = "hush"
    shown = client.get("/metrics", headers={"Authorization": "Bearer hush"})

    assert (hidden.status_code, hidden.content) == (404, b"Set METRICS_TOKEN to see this page.\n")
    assert shown.status_code == 200
