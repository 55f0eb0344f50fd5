"""What a rule that judges canaries may say, and rules that are ready to begin with."""

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from changes.models import CheckRule
from changes.states import DEPLOYMENT

How, Use = CheckRule.How, CheckRule.Use
FIELDS: Final = (
    "canary_track",
    "baseline_track",
    "baseline_query",
    "tolerated_ratio",
    "tolerated_difference",
    "baseline_is_needed",
    "traffic_query",
    "least_traffic",
    "failures_allowed",
)
QUERIES: Final = ("query", "baseline_query", "traffic_query")
_COMPARES = ("baseline_query", "tolerated_ratio", "tolerated_difference")
_COUNTS = ("traffic_query", "least_traffic")
_TRACK = re.compile(r"\$track\b")

_REQUESTS = 'http_requests_total{service="$service",track="$track"'
_TRAFFIC = {
    "traffic_query": f"sum(increase({_REQUESTS}}}[5m]))",
    "least_traffic": 100,
}
_PROMETHEUS = {"used_for": str(Use.CANARY), "how": str(How.PROMETHEUS), **_TRAFFIC}
# A service without errors has no series of them: nothing failed then, if there was any request.
READY_MADE: Final[Mapping[str, Mapping[str, Any]]] = {
    "error-rate": {
        **_PROMETHEUS,
        "name": "canary-error-rate",
        "query": f'(sum(rate({_REQUESTS},code=~"5.."}}[5m])) or vector(0))\n'
        f"  / sum(rate({_REQUESTS}}}[5m]))",
        "comparison": "<",
        "threshold": 0.01,
        "tolerated_ratio": 1.5,
        "tolerated_difference": 0.001,
    },
    "p99-latency": {
        **_PROMETHEUS,
        "name": "canary-p99-latency",
        "query": "histogram_quantile(0.99, sum by (le) (\n"
        '  rate(http_request_duration_seconds_bucket{service="$service",track="$track"}[5m])))',
        "comparison": "<",
        "threshold": 0.5,
        "tolerated_ratio": 1.2,
        "failures_allowed": 1,
    },
}


def wrong(rule: CheckRule) -> dict[str, str]:
    """A sentence for each field by which a rule could not judge a canary, or judges none."""
    if rule.how != How.PROMETHEUS:
        return _only_figures(rule)
    if rule.used_for != Use.CANARY:
        return _only_canaries(rule)
    return {**_wrong_numbers(rule), **_wrong_traffic(rule), **_wrong_baseline(rule)}


def _only_figures(rule: CheckRule) -> dict[str, str]:
    sentence = "Only a figure in Prometheus has this: leave it empty."
    found = {name: sentence for name in (*_COMPARES, *_COUNTS) if _is_set(rule, name)}
    if rule.used_for == Use.CANARY and rule.name == DEPLOYMENT:
        found["name"] = f"CI reports “{DEPLOYMENT}” when it ends: choose another name."
    return found


def _only_canaries(rule: CheckRule) -> dict[str, str]:
    sentence = "Only the steps of a canary are judged so: leave it empty."
    found = {name: sentence for name in (*_COMPARES, *_COUNTS) if _is_set(rule, name)}
    if _TRACK.search(rule.query):
        found["query"] = "$track stands for a label at the steps of a canary only."
    return found


def _is_set(rule: CheckRule, name: str) -> bool:
    return getattr(rule, name) not in (None, "")


def _wrong_numbers(rule: CheckRule) -> dict[str, str]:
    found = {}
    ratio, difference = rule.tolerated_ratio, rule.tolerated_difference
    if ratio is not None and not 1 <= ratio < math.inf:
        found["tolerated_ratio"] = "Give 1 or more: 1 is as good as the baseline."
    if difference is not None and not 0 <= difference < math.inf:
        found["tolerated_difference"] = "Give 0 or more: 0 is as good as the baseline."
    return found


def _wrong_traffic(rule: CheckRule) -> dict[str, str]:
    if rule.traffic_query.strip() and rule.least_traffic is None:
        return {"least_traffic": "Say how much of it there must be."}
    if rule.least_traffic is None:
        return {}
    if not rule.traffic_query.strip():
        return {"traffic_query": "Write the query that counts it, in PromQL."}
    if not 0 < rule.least_traffic < math.inf:
        return {"least_traffic": "Give a number above 0."}
    return {}


def _wrong_baseline(rule: CheckRule) -> dict[str, str]:
    compared = rule.tolerated_ratio is not None or rule.tolerated_difference is not None
    if rule.baseline_query.strip() and not compared:
        return {"tolerated_ratio": "Say how far from the baseline the canary may be."}
    if not compared or rule.baseline_query.strip():
        return {}
    if not _TRACK.search(rule.query):
        return {
            "query": "It asks the same of canary and baseline: write $track for the label, or a "
            "query of the baseline."
        }
    if rule.canary_track == rule.baseline_track:
        return {"baseline_track": "The canary has this label: name the baseline’s."}
    return {}
