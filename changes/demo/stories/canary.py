"""A canary in the middle of a step, its figures beside those of the baseline.

Nothing is asked of Prometheus while the demo is loaded: what was found is told here.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from changes.demo.stage import Stage, Story, asked, filed, reported, said, voted
from changes.models import CheckRule, PrometheusServer
from changes.policies.canary_figures import Bounds, judged
from changes.policies.soaking import Look, Sample
from changes.rulebook import checks
from changes.rulebook.canary_checks import READY_MADE
from changes.sampling import stepping

INTERVAL = timedelta(minutes=15)
Figures = tuple[float, float, float, float]  # error rate, baseline's; p99, baseline's
TRAFFIC = 3184.0


def rules(stage: Stage) -> Story:
    """Written by the change manager: what canaries of the shop front are judged by."""
    manager = stage.person("manager")
    now = yield stage.clock.ago(hours=23.5)
    server = PrometheusServer(slug="shop", name="Shop", base_url="https://prometheus.example.org")
    checks.save_server(server, bearer=None, actor=manager, now=now)
    for ready in READY_MADE.values():
        rule = CheckRule(
            **ready,
            server=server,
            services=["storefront"],
            environments=["production"],
            interval=INTERVAL,
        )
        checks.save(rule, actor=manager, now=now)


def basket_cache(stage: Stage) -> Story:
    """A canary in production, started by the pipeline with the gate's permit."""
    clock, service, revision = stage.clock, "storefront", "v11.2.5"
    planned = (clock.ago(minutes=55), clock.ahead(hours=4))
    ref = yield from filed(
        stage, clock.ago(hours=22), plan="basket-cache", service=service, planned=planned
    )
    yield from said(stage, clock.ago(hours=21.8), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (clock.ago(hours=19.2), "oncall", "approve", ""),
        (clock.ago(hours=16.2), "owner", "approve", "Stop at 25 % over lunch."),
    )
    at = clock.ago(minutes=46)
    permit = yield from asked(stage, at, service=service, revision=revision, change=ref, run="9115")
    at += timedelta(minutes=2)
    yield from reported(stage, at, "started", ref, permit=permit)
    at += timedelta(minutes=1)
    yield from reported(stage, at, "step", ref, permit=permit, percent=5)
    yield from looked(at, (0.0021, 0.0024, 0.212, 0.208), (0.0026, 0.0024, 0.221, 0.209))
    at += timedelta(minutes=11)
    yield from reported(stage, at, "step", ref, permit=permit, percent=25)
    yield from looked(
        at,
        (0.0023, 0.0025, 0.214, 0.211),
        (0.0027, 0.0024, 0.226, 0.212),
        (0.0019, 0.0022, 0.209, 0.207),
    )


def looked(begun: datetime, *looks: Figures) -> Story:
    """Both measures are looked at, first when the step begins and then when they are due."""
    at = begun
    for figures in looks:
        now = yield at
        for _ in READY_MADE:
            claim = stepping.claimed(now)
            if claim is None:
                raise ValueError(f"Nothing is due at {now}.")
            latency = "latency" in claim.measure.name
            value, baseline = figures[2:] if latency else figures[:2]
            sample = _sample(claim.measure.asks, value, baseline, at=now)
            stepping.keep(claim, sample, took_ms=23)
            claim.measure.refresh_from_db()
            at = claim.measure.due_at or now


def _sample(asks: Mapping[str, Any], value: float, baseline: float, *, at: datetime) -> Sample:
    bounds = Bounds(
        asks["comparison"],
        asks["threshold"],
        asks["tolerated_ratio"],
        asks["tolerated_difference"],
    )
    holds, said = judged(value, baseline, bounds)
    return Sample(at, Look.HELD if holds else Look.MISSED, said, value, baseline, TRAFFIC)


STORIES = (rules, basket_cache)
