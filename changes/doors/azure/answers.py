"""What the check “Invoke REST API” is answered."""

from collections.abc import Iterable
from typing import Any

from ledger.decision import Reason


def said(word: str, reasons: Iterable[Reason]) -> dict[str, Any]:
    """`approved`, `pending` or `rejected`, and why."""
    given = tuple(reasons)
    return {
        "status": word,
        "message": " ".join(f"{one.message} {one.remedy}" for one in given),
        "reasons": [one.as_json() for one in given],
        "change": None,
        "decision_id": None,
    }


def not_known_yet(why: str) -> dict[str, Any]:
    """`pending`, so that the check asks again."""
    remedy = "Nothing needs to be done: the check asks again."
    return said("pending", (Reason("unavailable", why, remedy, source="database"),))
