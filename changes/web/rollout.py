"""A canary as the page of its change shows it: every step, and the figures of the last. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.safestring import SafeString

from changes import policies
from changes.models import Change, StepLook, StepMeasure
from changes.models.choices import StepWord
from changes.policies import Facts
from changes.policies.canary import Answer, Verdict
from changes.policies.reasons import spell
from changes.policies.soaking import Look
from changes.queries.rollouts import Rollout, Taken
from changes.shown.looks import LABELS, ShownLook
from changes.web.buttons import Button
from changes.web.looks_svg import looks_svg
from ledger.decision import Reason

VERDICTS: Final = {
    Verdict.SOAK: ("wait", "Let it soak"),
    Verdict.WAIT: ("wait", "Wait"),
    Verdict.PROCEED: ("go", "Go on"),
    Verdict.ROLL_BACK: ("stop", "Roll it back"),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of a step: canary beside baseline, and what was found last."""

    name: str
    canary: str
    baseline: str
    bounds: str
    found: str
    holds: bool | None
    said: str
    at: datetime | None
    since: datetime | None
    soak: str
    failures: str
    query: str
    svg: SafeString | str
    looks: Sequence[StepLook]


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step, planned or taken; `track` is done, now or next as in the track of a change."""

    percent: int
    state: str
    label: str
    track: str
    soak: str
    at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ShownRollout:
    """What the panel of a canary shows; `tone` and `word` say what comes next."""

    steps: Sequence[ShownStep]
    measures: Sequence[Measured]
    tone: str = ""
    word: str = ""
    until: datetime | None = None
    reasons: Sequence[Reason] = ()
    verb: Button | None = None


def shown(found: Rollout, facts: Facts, *, now: datetime) -> ShownRollout | None:
    """The panel; None of a change that has no steps."""
    if not found.planned:
        return None
    at, said = found.reached, found.answer
    tone, word = VERDICTS[said.verdict] if said else ("", "")
    return ShownRollout(
        steps=_steps(found),
        measures=[_measured(one, at.seen) for one in at.measures] if at else [],
        tone=tone,
        word=f"{word} {_on_to(said)}".rstrip() if said else "",
        until=said.ready_at if said else None,
        reasons=said.reasons if said else (),
        verb=_verb(found.change, said, facts, now=now),
    )


def _on_to(said: Answer) -> str:
    if said.verdict is not Verdict.PROCEED:
        return ""
    return "to everybody" if said.next_percent is None else f"to {said.next_percent} %"


def _steps(found: Rollout) -> list[ShownStep]:
    here = found.reached.step.percent if found.reached else 0
    ahead = [one for one in found.planned if one.percent > here]
    return [
        *(_taken(one, now=one is found.reached) for one in found.steps),
        *(ShownStep(one.percent, "plain", "Planned", "next", spell(one.soak)) for one in ahead),
    ]


def _taken(one: Taken, *, now: bool) -> ShownStep:
    row = one.step
    return ShownStep(
        percent=row.percent,
        state=row.state,
        label=str(StepWord(row.state).label),
        track="now" if now else "done",
        soak=spell(row.soak),
        at=row.ended_at or row.stable_at or row.began_at,
        detail=row.detail,
    )


def _measured(one: StepMeasure, seen: Sequence[StepLook]) -> Measured:
    looks = [look for look in seen if look.measure_id == one.pk]
    threshold = one.asks.get("threshold")
    lines = [
        ShownLook(look.at, look.word == Look.HELD, LABELS[Look(look.word)], look.said, look.value)
        for look in looks
    ]
    words = f"{one.name}: {one.looks} looks, {one.misses} beyond its bounds."
    return Measured(
        name=one.name,
        canary=_figure(one.value),
        baseline=_figure(one.baseline),
        bounds=_bounds(one.asks),
        found=LABELS[Look(one.word)] if one.word else "not looked at yet",
        holds=None if not one.word else one.word == Look.HELD,
        said=one.said,
        at=one.last_at,
        since=one.holding_since,
        soak=spell(one.soak),
        failures=f"{one.misses} of {one.failures_allowed} allowed",
        query=" ".join(str(one.asks.get("query") or one.asks.get("url", "")).split()),
        svg=looks_svg(lines, threshold=threshold, words=words),
        looks=looks[::-1],
    )


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _bounds(asks: dict[str, Any]) -> str:
    """`< 0.01, within 1.5 times or 0.001 of the baseline`; "" where nothing is compared."""
    if asks.get("threshold") is None:
        return ""
    told = f"{asks['comparison']} {asks['threshold']:g}"
    ratio, difference = asks.get("tolerated_ratio"), asks.get("tolerated_difference")
    near = [f"{ratio:g} times"] if ratio is not None else []
    near += [f"{difference:g} of"] if difference is not None else []
    return f"{told}, within {' or '.join(near)} the baseline" if near else told


def _verb(change: Change, said: Answer | None, facts: Facts, *, now: datetime) -> Button | None:
    """The button that takes the next step; none while there is no next one."""
    if said is None or said.next_percent is None:
        return None
    step = policies.may("step", facts, now=now)
    reasons = dict.fromkeys((*step.reasons, *said.reasons))
    return Button(
        name="step",
        label=f"Say that it is at {said.next_percent} %",
        allowed=not reasons,
        reasons=tuple(reasons),
        warnings=(),
        url=reverse("change-step", args=[change.ref, said.next_percent]),
        help="Once that share of the traffic reaches it: Tidegate looks from then on.",
    )
