"""Suspects of one incident, ranked when they are asked for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from changes.policies import suspecting
from changes.policies.suspecting import Suspect
from changes.queries import suspects
from changes.queries.suspects import Found, Shown
from incidents.models import Incident

AFTERWARDS: Final = timedelta(hours=24)
"""How long after an incident began we show what cannot have caused it."""
TOO_LATE_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Ranked:
    """A suspect, and what is shown of its change."""

    suspect: Suspect
    shown: Shown

    @property
    def ref(self) -> str:
        return f"CHG-{self.suspect.candidate.number}"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Suspects of an incident, likeliest first, and apart from them what started too late."""

    incident: str
    onset_at: datetime
    since: datetime
    suspects: tuple[Ranked, ...]
    too_late: tuple[Found, ...]

    def seen_of(self, change: int) -> dict[str, Any]:
        """What is kept when somebody decides on a change: empty where it is no suspect."""
        for one in self.suspects:
            if one.suspect.candidate.number == change:
                return one.suspect.as_json(of=len(self.suspects))
        return {}


def onset_of(incident: Incident) -> datetime:
    """When it began, as far as is known."""
    return incident.onset_at


def of_incident(incident: Incident, *, now: datetime, named: int | None = None) -> Ranking:
    """Whom an incident may come from; `named` is a change that is weighed in any case.

    One statement. The same facts always give the same order.
    """
    onset = onset_of(incident)
    asked = suspects.Asked(
        incident=incident.pk,
        service=incident.service_id,
        environment=incident.environment_id,
        onset=onset,
        until=min(now, onset + AFTERWARDS),
        named=named,
    )
    found = {one.candidate.number: one for one in suspects.candidates(asked)}
    gathered = [one.candidate for one in found.values()]
    ranked = suspecting.rank(gathered, onset=onset)
    late = suspecting.too_late(gathered, onset=onset)[:TOO_LATE_SHOWN]
    return Ranking(
        incident=incident.ref,
        onset_at=onset,
        since=onset - suspecting.LOOK_BACK,
        suspects=tuple(Ranked(one, found[one.candidate.number].shown) for one in ranked),
        too_late=tuple(found[one.number] for one in late),
    )
