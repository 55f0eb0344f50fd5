"""One look at what a check asks; it always ends with a sample, never with an exception."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from changes.models import CheckRule, PrometheusServer
from changes.policies.soaking import Look, Sample
from changes.sampling import alerts, probe, prometheus
from ledger import sealing
from ledger.fetching import NotFetched, Trouble


def look(*, asks: Mapping[str, Any], server: PrometheusServer | None, now: datetime) -> Sample:
    """What is found at `now`; `asks` is as `queries.check_words.asks` tells it."""
    try:
        if asks["how"] == CheckRule.How.NO_ALERTS:
            return alerts.look(asks=asks, now=now)
        if asks["how"] == CheckRule.How.PROBE:
            return probe.ask(asks=asks, now=now)
        if server is None or not server.is_active:
            raise NotFetched(
                Trouble.NOT_REACHED,
                f"The Prometheus server {asks['server']} is not in use any more.",
            )
        return prometheus.ask(base_url=server.base_url, bearer=bearer(server), asks=asks, now=now)
    except NotFetched as problem:
        return Sample(now, Look(problem.word), str(problem))


def bearer(server: PrometheusServer) -> str:
    """The token a server asks for; "" where it asks for none. Raises `NotFetched`."""
    if not server.sealed_bearer:
        return ""
    try:
        return sealing.unseal(server.sealed_bearer.encode()).decode()
    except sealing.Unreadable as problem:
        raise NotFetched(Trouble.NOT_REACHED, str(problem)) from problem
