"""A figure of a canary against its threshold, and beside the baseline's."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

COMPARED: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a figure must be: compared with a number, and near enough to the baseline.

    Of a ratio and a difference, being within one is enough: small figures differ by large factors.
    """

    comparison: str
    threshold: float
    tolerated_ratio: float | None = None
    tolerated_difference: float | None = None


def judged(value: float, baseline: float | None, bounds: Bounds) -> tuple[bool, str]:
    """Whether a figure holds, and the sentence that says so; without a baseline by its threshold.

    Being better than the baseline never speaks against a canary.
    """
    holds = COMPARED[bounds.comparison](value, bounds.threshold)
    said = f"{value:g} is {'' if holds else 'not '}{bounds.comparison} {bounds.threshold:g}"
    if baseline is None:
        return holds, f"{said}."
    near = _is_near(value, baseline, bounds)
    beside = "within" if near else "beyond"
    return holds and near, f"{said}; it is {beside} {_words(bounds)} the baseline’s {baseline:g}."


def _is_near(value: float, baseline: float, bounds: Bounds) -> bool:
    less_is_better = bounds.comparison.startswith("<")
    worse = value - baseline if less_is_better else baseline - value
    if worse <= 0:
        return True
    if bounds.tolerated_difference is not None and worse <= bounds.tolerated_difference:
        return True
    ratio = bounds.tolerated_ratio
    if ratio is None:
        return False
    return value <= baseline * ratio if less_is_better else value >= baseline / ratio


def _words(bounds: Bounds) -> str:
    ratio, difference = bounds.tolerated_ratio, bounds.tolerated_difference
    told = [f"{ratio:g} times"] if ratio is not None else []
    told += [f"{difference:g} of"] if difference is not None else []
    return " or ".join(told)
