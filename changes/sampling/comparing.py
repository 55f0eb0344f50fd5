"""One look at a measure of a canary; it always ends with a sample, never with an exception."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from changes.models import Check, CheckRule, PrometheusServer, RolloutStep
from changes.policies.canary_figures import Bounds, judged
from changes.policies.reasons import listed
from changes.policies.soaking import Look, Sample
from changes.sampling.looking import bearer, look
from changes.states import DEPLOYMENT
from ledger import prometheus
from ledger.fetching import NotFetched

How = CheckRule.How
Ask = Callable[[str], float]
_NO_FIGURE = (Look.EMPTY, Look.NO_NUMBER)


def look_at_canary(
    *, asks: Mapping[str, Any], server: PrometheusServer | None, now: datetime
) -> Sample:
    """What is found at `now`; `asks` is as `queries.check_words.canary_asks` tells it."""
    if asks["how"] != How.PROMETHEUS or server is None or not server.is_active:
        return look(asks=asks, server=server, now=now)
    try:
        ask = partial(_figure, server=server, token=bearer(server), seconds=asks["timeout_seconds"])
        return compared(ask, asks, now=now)
    except NotFetched as problem:
        return Sample(now, Look(problem.word), str(problem))


def _figure(query: str, *, server: PrometheusServer, token: str, seconds: float) -> float:
    answer = prometheus.asked(query, base_url=server.base_url, bearer=token, seconds=seconds)
    return prometheus.figure(answer)


def compared(ask: Ask, asks: Mapping[str, Any], *, now: datetime) -> Sample:
    """The canary beside its baseline, once there is traffic to judge by. Raises `NotFetched`.

    A figure beyond its threshold speaks against the canary, whatever is known of the baseline.
    """
    traffic = ask(asks["traffic_query"]) if asks["traffic_query"] else None
    if traffic is not None and traffic < asks["least_traffic"]:
        said = f"{traffic:g} is too little traffic to judge by: it takes {asks['least_traffic']:g}."
        return Sample(now, Look.LITTLE_TRAFFIC, said, traffic=traffic)
    value = ask(asks["query"])
    bounds = Bounds(
        asks["comparison"],
        asks["threshold"],
        asks["tolerated_ratio"],
        asks["tolerated_difference"],
    )
    holds, said = judged(value, None, bounds)
    if not holds or not asks["baseline_query"]:
        return Sample(now, Look.HELD if holds else Look.MISSED, said, value, traffic=traffic)
    try:
        baseline = ask(asks["baseline_query"])
    except NotFetched as problem:
        if Look(problem.word) not in _NO_FIGURE:
            raise
        word = Look.NO_BASELINE if asks["baseline_is_needed"] else Look.HELD
        return Sample(now, word, f"{said} There is no baseline beside it.", value, traffic=traffic)
    holds, said = judged(value, baseline, bounds)
    return Sample(now, Look.HELD if holds else Look.MISSED, said, value, baseline, traffic)


def look_at_reports(step: RolloutStep, name: str, *, now: datetime) -> Sample:
    """What CI has reported of a check since a step began; of "" of every check but deployments."""
    since = Check.objects.filter(change=step.change_id, reported_at__gte=step.began_at)
    named = since.filter(name=name) if name else since.exclude(name=DEPLOYMENT)
    newest = dict(named.order_by("id").values_list("name", "passed"))
    failed = sorted(one for one, passed in newest.items() if not passed)
    if failed:
        return Sample(now, Look.MISSED, f"{listed(failed)} failed since the step began.")
    if not newest:
        what = f"No report of {name} has come" if name else "No check has been reported"
        return Sample(now, Look.EMPTY, f"{what} since the step began.")
    return Sample(now, Look.HELD, f"{listed(sorted(newest))} passed since the step began.")
