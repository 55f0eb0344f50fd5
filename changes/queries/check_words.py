"""What a check looks at on one change: its rule with the change's own words filled in."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from changes.models import CheckRule

WORDS = ("service", "environment", "revision", "change")
How = CheckRule.How
_WORD = re.compile(rf"\$({'|'.join(WORDS)})\b")


def asks(rule: CheckRule, **words: str) -> dict[str, Any]:
    """What is looked at, as plain values for JSON; `words` gives each of `WORDS`.

    In an address words are quoted, in a query they are escaped as in a PromQL string.
    """
    common = {"how": rule.how, "timeout_seconds": rule.timeout_seconds}
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


def filled(text: str, words: dict[str, str], *, with_: Callable[[str], str]) -> str:
    """The text with `$service` and the others replaced; a `$` before other words stays."""
    return _WORD.sub(lambda found: with_(words.get(found[1], "")), text)


def _in_promql(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
