"""Figures for Prometheus: counters of each web process, and readings of what the database holds."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from django.db import DatabaseError
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from changes.queries import detected, precision
from config.models import Heartbeat
from incidents import clocks
from ledger import queries as outbox
from ledger.seals import standing

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
LATELY = timedelta(days=90)
REQUESTS = Counter(
    "tidegate_requests", "Requests answered.", ["method", "route", "status"], registry=None
)
LATENCY = Histogram(
    "tidegate_request_seconds",
    "Seconds from request to answer.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=None,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure read from the database when Prometheus asks; None is left out."""

    name: str
    help: str
    read: Callable[[], float | None]


def heartbeat_age_seconds() -> float | None:
    """Seconds since a worker last ran a task."""
    seen = Heartbeat.objects.values_list("at", flat=True).first()
    return None if seen is None else (timezone.now() - seen).total_seconds()


def oldest_due_seconds() -> float:
    """Seconds since the oldest unsent delivery was due; 0 when nothing is late."""
    due = outbox.oldest_due_at()
    return 0 if due is None else max(0.0, (timezone.now() - due).total_seconds())


def oldest_unread_seconds() -> float:
    """Seconds since the oldest message that came in was to be read; 0 when nothing is late."""
    due = outbox.oldest_unread_at()
    return 0 if due is None else max(0.0, (timezone.now() - due).total_seconds())


def newest_seal_seconds() -> float | None:
    """Seconds since the newest seal; it stands still while nothing happens."""
    made = standing.newest_at()
    return None if made is None else (timezone.now() - made).total_seconds()


def unsealed_seconds() -> float:
    """Seconds since the first event that no seal covers yet; 0 when there is none."""
    since = standing.waiting_since()
    return 0 if since is None else max(0.0, (timezone.now() - since).total_seconds())


def confirmed_lately() -> precision.Precision:
    """How well suspects were ranked, by the causes that were confirmed in 90 days."""
    now = timezone.now()
    return precision.of_period(since=now - LATELY, until=now)


READINGS = [
    Reading(
        "tidegate_worker_heartbeat_age_seconds",
        "Seconds since a worker last ran a task.",
        heartbeat_age_seconds,
    ),
    Reading("tidegate_outbox_waiting", "Deliveries not sent yet.", outbox.waiting),
    Reading(
        "tidegate_outbox_oldest_due_seconds",
        "Seconds since the oldest unsent delivery was due.",
        oldest_due_seconds,
    ),
    Reading("tidegate_outbox_given_up", "Deliveries given up, for a person.", outbox.given_up),
    Reading(
        "tidegate_inbox_oldest_due_seconds",
        "Seconds since the oldest message that came in was to be read.",
        oldest_unread_seconds,
    ),
    Reading("tidegate_inbox_given_up", "Messages that nobody could read.", outbox.unread_given_up),
    Reading(
        "tidegate_changes_unauthorised",
        "Changes that went ahead without leave and are not reviewed.",
        detected.unreviewed,
    ),
    Reading(
        "tidegate_deployments_unmapped",
        "Deployments seen at places that nobody has mapped to a service.",
        detected.unmapped,
    ),
    Reading("tidegate_incident_clocks_late", "Clocks of incidents that are late.", clocks.late),
    Reading(
        "tidegate_suspects_precision_at_1",
        "Share of incidents with a cause confirmed in 90 days whose first suspect it was.",
        lambda: confirmed_lately().at_1,
    ),
    Reading(
        "tidegate_suspects_precision_at_3",
        "Share of incidents with a cause confirmed in 90 days among whose first three it was.",
        lambda: confirmed_lately().at_3,
    ),
    Reading(
        "tidegate_ledger_newest_seal_age_seconds",
        "Seconds since the newest seal; it stands still while nothing happens.",
        newest_seal_seconds,
    ),
    Reading(
        "tidegate_ledger_unsealed_seconds",
        "Seconds since the oldest event that no seal covers; above 600, sealing has stopped.",
        unsealed_seconds,
    ),
]


def observe(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    requests, latency = _of(method, route, status)
    requests.inc()
    latency.observe(seconds)


@lru_cache(maxsize=1000)
def _of(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """The figures of these labels; finding them takes longer than counting."""
    return REQUESTS.labels(method, route, str(status)), LATENCY.labels(route)


def exposition() -> bytes:
    """All figures in Prometheus' text format.

    Web processes that share PROMETHEUS_MULTIPROC_DIR answer for each other.
    """
    registry = CollectorRegistry()
    if os.environ.get(MULTIPROCESS):
        MultiProcessCollector(registry)
    else:
        registry.register(REQUESTS)
        registry.register(LATENCY)
    registry.register(_DatabaseReadings())
    return generate_latest(registry)


class _DatabaseReadings(Collector):
    """The readings; while the database is away only `tidegate_database_up 0` remains."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            figures = [(reading, reading.read()) for reading in READINGS]
        except DatabaseError:
            yield GaugeMetricFamily("tidegate_database_up", "Whether it answers.", value=0)
            return
        yield GaugeMetricFamily("tidegate_database_up", "Whether it answers.", value=1)
        for reading, figure in figures:
            if figure is not None:
                yield GaugeMetricFamily(reading.name, reading.help, value=figure)
