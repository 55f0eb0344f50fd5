"""One look at a figure in Prometheus, beside its threshold."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from changes.policies.canary_figures import Bounds, judged
from changes.policies.soaking import Look, Sample
from ledger.fetching import Fetched, NotFetched
from ledger.prometheus import asked, figure


def ask(*, base_url: str, bearer: str, asks: Mapping[str, Any], now: datetime) -> Sample:
    """One look at a figure; raises `NotFetched` where there was no answer."""
    answer = asked(asks["query"], base_url=base_url, bearer=bearer, seconds=asks["timeout_seconds"])
    return read(answer, comparison=asks["comparison"], threshold=asks["threshold"], now=now)


def read(answer: Fetched, *, comparison: str, threshold: float, now: datetime) -> Sample:
    """What an answer says of the figure."""
    try:
        value = figure(answer)
    except NotFetched as problem:
        return Sample(now, Look(problem.word), str(problem))
    holds, said = judged(value, None, Bounds(comparison, threshold))
    return Sample(now, Look.HELD if holds else Look.MISSED, said, value)
