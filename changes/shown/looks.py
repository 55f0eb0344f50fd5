"""What checks that we run have seen, in words and figures. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from changes.models import CheckRule
from changes.policies.reasons import spell
from changes.policies.soaking import Look
from changes.queries.check_runs import Running

LABELS: Final = {
    Look.HELD: "held",
    Look.MISSED: "did not hold",
    Look.ALERTS: "alerts began",
    Look.EMPTY: "empty answer",
    Look.NO_NUMBER: "no number",
    Look.SEVERAL: "several series",
    Look.REFUSED: "refused",
    Look.UNREADABLE: "unreadable",
    Look.TOO_LARGE: "too large",
    Look.TIMED_OUT: "timed out",
    Look.NOT_REACHED: "not reached",
    Look.LITTLE_TRAFFIC: "too little traffic",
    Look.NO_BASELINE: "no baseline",
}


@dataclass(frozen=True, slots=True)
class ShownLook:
    """One look; `value` is a figure, or how many milliseconds an answer took."""

    at: datetime
    holds: bool
    label: str
    said: str
    value: float | None = None


def of_run(running: Running) -> list[ShownLook]:
    """The looks of a run that goes on."""
    return [
        ShownLook(one.at, one.holds, _label(one.word), one.said, one.value)
        for one in running.samples
    ]


def of_evidence(evidence: Mapping[str, Any]) -> list[ShownLook]:
    """The looks that were kept with a check."""
    return [
        ShownLook(
            datetime.fromisoformat(one["at"]),
            one["found"] == Look.HELD,
            _label(one["found"]),
            one["said"],
            one["value"],
        )
        for one in evidence.get("samples", ())
    ]


def question(asks: Mapping[str, Any]) -> str:
    """What is looked at: `GET https://… answers 200`, or a query with its threshold."""
    if asks.get("how") == CheckRule.How.PROBE:
        holds = f" and holds “{asks['contains']}”" if asks["contains"] else ""
        return f"{asks['method']} {asks['url']} answers {asks['expected_status']}{holds}"
    if asks.get("how") == CheckRule.How.PROMETHEUS:
        query = " ".join(str(asks["query"]).split())
        return f"{query} {asks['comparison']} {asks['threshold']:g}"
    return ""


def threshold(asks: Mapping[str, Any]) -> float | None:
    """The figure that divides what holds from what does not, where there is one."""
    found = asks.get("threshold")
    return float(found) if found is not None else None


def progress(running: Running) -> str:
    """`Holds for 2 min of 5 min. 0.002 is < 0.01. 3 looks, 1 did not hold.`"""
    run, looks = running.run, running.samples
    if not looks:
        return "Not looked at yet."
    since = run.holding_since
    for_ = spell((run.last_at or since) - since) if since else "no time"
    holds = f"Holds for {for_} of {spell(run.soak)}." if since else "Does not hold."
    return f"{holds} {looks[-1].said} {counted(run.looks, run.failures)}"


def counted(looks: int, failures: int) -> str:
    """`4 looks, 1 did not hold.`"""
    return f"{looks} look{'s' if looks != 1 else ''}, {failures} did not hold."


def _label(word: str) -> str:
    return LABELS[Look(word)] if word in set(Look) else word


def figures(looks: Sequence[ShownLook]) -> list[float]:
    """The figures there were."""
    return [one.value for one in looks if one.value is not None]
