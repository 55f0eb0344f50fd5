"""Figures for Prometheus."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from ledger import timeline
from ledger.seals import making

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
    assert read[("tidegate_inbox_oldest_due_seconds",)] == 0
    assert read[("tidegate_inbox_given_up",)] == 0
    assert read[("tidegate_changes_unauthorised",)] == 0
    assert read[("tidegate_deployments_unmapped",)] == 0
    assert read[("tidegate_ledger_unsealed_seconds",)] == 0
    assert ("tidegate_ledger_newest_seal_age_seconds",) not in read


def test_a_ledger_that_is_not_sealed_is_told(client: Client) -> None:
    now = timezone.now()
    with transaction.atomic():
        timeline.record(
            subject="CHG-1", verb="change.noted", actor="ada", at=now - timedelta(hours=1), data={}
        )
    waiting = figures(client)
    making.seal_new(now=now - timedelta(minutes=5), wait_seconds=0, progress=lambda seal: None)
    sealed = figures(client)

    assert waiting[("tidegate_ledger_unsealed_seconds",)] == pytest.approx(3600, abs=60)
    assert sealed[("tidegate_ledger_unsealed_seconds",)] == 0
    age = sealed[("tidegate_ledger_newest_seal_age_seconds",)]
    assert age == pytest.approx(300, abs=60)


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
