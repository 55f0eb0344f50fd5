"""What a check looks at on one change: its rule with the change's own words filled in."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from changes.models import CheckRule

WORDS = ("service", "environment", "revision", "change")
How = CheckRule.How
_TRACK = re.compile(r"\$track\b")
_WORD = re.compile(rf"\$({'|'.join(WORDS)})\b")


def asks(rule: CheckRule, **words: str) -> dict[str, Any]:
    """What is looked at, as plain values for JSON; `words` gives each of `WORDS`.

    In an address words are quoted, in a query they are escaped as in a PromQL string.
    """
    common = {"how": rule.how, "timeout_seconds": rule.timeout_seconds}
    if rule.how == How.NO_ALERTS:
        return {**common, "change": words["change"]}
    if rule.how == How.PROBE:
        return {
            **common,
            "url": filled(rule.url, words, with_=lambda word: quote(word, safe="")),
            "method": rule.method,
            "expected_status": rule.expected_status,
            "contains": rule.contains,
            "most_bytes": rule.most_bytes,
        }
    return {
        **common,
        "server": rule.server.slug if rule.server else "",
        "query": filled(rule.query, words, with_=_in_promql),
        "comparison": rule.comparison,
        "threshold": rule.threshold,
    }


def canary_asks(rule: CheckRule, **words: str) -> dict[str, Any]:
    """What is looked at at a step of a canary: `asks`, and what its figure is held against.

    `baseline_query` and `traffic_query` are "" where nothing is compared or counted.
    """
    told = {"how": rule.how, "name": rule.name} if rule.how == How.REPORTED else asks(rule, **words)
    if rule.how != How.PROMETHEUS:
        return told
    compared = rule.tolerated_ratio is not None or rule.tolerated_difference is not None
    baseline = (rule.baseline_query or rule.query) if compared else ""
    return {
        **told,
        "query": _on_track(rule.query, rule.canary_track, words),
        "baseline_query": _on_track(baseline, rule.baseline_track, words),
        "baseline_is_needed": rule.baseline_is_needed,
        "tolerated_ratio": rule.tolerated_ratio,
        "tolerated_difference": rule.tolerated_difference,
        "traffic_query": _on_track(rule.traffic_query, rule.canary_track, words),
        "least_traffic": rule.least_traffic,
    }


def _on_track(query: str, track: str, words: dict[str, str]) -> str:
    """The query with its words filled in, `$track` standing for the label of one side."""
    return filled(_TRACK.sub(lambda _: _in_promql(track), query), words, with_=_in_promql)


def filled(text: str, words: dict[str, str], *, with_: Callable[[str], str]) -> str:
    """The text with `$service` and the others replaced; a `$` before other words stays."""
    return _WORD.sub(lambda found: with_(words.get(found[1], "")), text)


def _in_promql(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
