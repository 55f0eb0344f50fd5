"""Which change an incident most likely comes from, with the arithmetic shown. Pure.

# Note [How suspects are ranked]
Five components from 0 to 1, each with a weight; their sum is the score. Time: the change ran when
the incident began, or how long before it ended, fading faster for deployments than for what shows
late (infrastructure, network, databases, certificates). Topology: how far its service is from the
one that broke. Blast: how many of the alerting services it can reach. Risk: what was assessed
before. History: how often changes of its template, or else its service, were confirmed as causes.
A change that started after the incident began scores nothing: it cannot be the cause. The same
facts always give the same order. A change of these rules is a new `VERSION`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import exp
from typing import Any, Final

from changes.policies.reasons import spell

VERSION: Final = "1"
LOOK_BACK: Final = timedelta(hours=72)
GRACE: Final = timedelta(minutes=5)
FADES: Final = timedelta(minutes=60)
FADES_SLOWLY: Final = timedelta(hours=24)
SLOW: Final = frozenset({"infrastructure", "network", "database", "security"})
SHARED: Final = frozenset({"infrastructure", "network"})
WHOLE_RISK: Final = 100  # a score of risk that counts in full
DIGITS: Final = 4


class Near(StrEnum):
    """How far what was changed lies from what broke."""

    SERVICE = "service"
    NEEDED = "needed"
    TWO_HOPS = "two_hops"
    SHARED = "shared"
    ENVIRONMENT = "environment"
    NOWHERE = "nowhere"


WEIGHTS: Final = {"time": 0.40, "topology": 0.30, "blast": 0.15, "risk": 0.10, "history": 0.05}
TOPOLOGY: Final = {
    Near.SERVICE: 1.0,
    Near.NEEDED: 0.7,
    Near.TWO_HOPS: 0.4,
    Near.SHARED: 0.4,
    Near.ENVIRONMENT: 0.2,
    Near.NOWHERE: 0.0,
}
_BY_HOPS: Final = {0: Near.SERVICE, 1: Near.NEEDED, 2: Near.TWO_HOPS}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change that started, seen from an incident.

    `ended_at` is when the work, or the rollback that came before the incident, was over; None while
    it runs. `hops` from the service that broke to what was changed, along what it needs; None where
    no way of two leads there. `subject` is what its history is counted by.
    """

    number: int
    started_at: datetime
    ended_at: datetime | None
    category: str
    service: str
    hops: int | None
    same_environment: bool
    reached: int
    alerting: int
    risk_score: int
    subject: str
    caused: int
    closed: int


@dataclass(frozen=True, slots=True)
class Component:
    """One addend of a score: its value from 0 to 1, times its weight."""

    name: str
    weight: float
    value: float
    why: str

    @property
    def points(self) -> float:
        return round(self.weight * self.value, DIGITS)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "weight": self.weight,
            "value": self.value,
            "points": self.points,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Suspect:
    """A candidate with its place (from 1), its score and why."""

    candidate: Candidate
    place: int
    score: float
    components: tuple[Component, ...]

    @property
    def reason(self) -> str:
        """What speaks for it, as one sentence."""
        said = "; ".join(one.why for one in self.components if one.why)
        return f"{said[:1].upper()}{said[1:]}."

    def as_json(self, *, of: int) -> dict[str, Any]:
        """What is kept with a decision: `of` so many suspects, this one at its place."""
        return {
            "version": VERSION,
            "place": self.place,
            "of": of,
            "score": self.score,
            "components": [one.as_json() for one in self.components],
            "reason": self.reason,
        }


def rank(candidates: Iterable[Candidate], *, onset: datetime) -> tuple[Suspect, ...]:
    """Those that may have caused it, likeliest first; see Note [How suspects are ranked].

    Of equal scores the later start comes first, then the higher number.
    """
    weighed = []
    for one in candidates:
        if one.started_at <= onset:
            found = tuple(_components(one, onset))
            score = round(min(1.0, max(0.0, sum(part.points for part in found))), DIGITS)
            weighed.append((score, one, found))
    weighed.sort(key=lambda row: (-row[0], -row[1].started_at.timestamp(), -row[1].number))
    return tuple(
        Suspect(one, place, score, found)
        for place, (score, one, found) in enumerate(weighed, start=1)
    )


def too_late(candidates: Iterable[Candidate], *, onset: datetime) -> tuple[Candidate, ...]:
    """Those that cannot have caused it, because they started after it began; earliest first."""
    late = [one for one in candidates if one.started_at > onset]
    return tuple(sorted(late, key=lambda one: (one.started_at, one.number)))


def near(candidate: Candidate) -> Near:
    """How far it lies from what broke; infrastructure and network are shared by an environment."""
    if candidate.hops in (0, 1):
        return _BY_HOPS[candidate.hops]
    if candidate.same_environment and candidate.category in SHARED:
        return Near.SHARED
    if candidate.hops == 2:
        return Near.TWO_HOPS
    return Near.ENVIRONMENT if candidate.same_environment else Near.NOWHERE


def _components(one: Candidate, onset: datetime) -> Iterator[Component]:
    values = {
        "time": _time(one, onset),
        "topology": _topology(one),
        "blast": _blast(one),
        "risk": _risk(one),
        "history": _history(one),
    }
    for name, weight in WEIGHTS.items():
        value, why = values[name]
        yield Component(name, weight, round(value, DIGITS), why)


def _time(one: Candidate, onset: datetime) -> tuple[float, str]:
    started = spell(onset - one.started_at)
    if one.ended_at is None or one.ended_at >= onset:
        return 1.0, f"ran when it began, started {started} before"
    since = onset - one.ended_at
    if since <= GRACE:
        return 1.0, f"ended {spell(since)} before it began"
    fades = FADES_SLOWLY if one.category in SLOW else FADES
    return exp(-since / fades), f"ended {spell(since)} before it began, fading over {spell(fades)}"


def _topology(one: Candidate) -> tuple[float, str]:
    place = near(one)
    words = {
        Near.SERVICE: "changed the service that broke",
        Near.NEEDED: f"changed {one.service}, which it needs",
        Near.TWO_HOPS: f"changed {one.service}, two steps away",
        Near.SHARED: f"changed {one.category} shared by its environment",
        Near.ENVIRONMENT: "has only the environment in common",
        Near.NOWHERE: "has nothing in common with it",
    }
    return TOPOLOGY[place], words[place]


def _blast(one: Candidate) -> tuple[float, str]:
    if not one.alerting:
        return 0.0, ""
    services = "service" if one.alerting == 1 else "services"
    told = f"reaches {one.reached} of {one.alerting} alerting {services}"
    return one.reached / one.alerting, told


def _risk(one: Candidate) -> tuple[float, str]:
    value = min(1.0, one.risk_score / WHOLE_RISK)
    return value, f"its risk was assessed at {one.risk_score}"


def _history(one: Candidate) -> tuple[float, str]:
    if not one.closed:
        return (1.0 if one.caused else 0.0), f"no change of {one.subject} was closed before"
    changes = "change" if one.closed == 1 else "changes"
    told = f"{one.caused} of {one.closed} closed {changes} of {one.subject} caused an incident"
    return min(1.0, one.caused / one.closed), told
