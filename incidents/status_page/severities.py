"""How bad an incident was at each time, by what the ledger says of it.

# Note [History keeps the worst]
An incident that was a SEV-1 for an hour and ended as a SEV-4 was a major outage for that hour: the
days of the status page show it so, whatever its severity is now. What was published shows the
severity that held when it was.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from incidents.lifecycle.severities import CHANGED
from incidents.models import Incident
from ledger.models import Event


@dataclass(frozen=True, slots=True)
class Severities:
    """The severities of one incident: `first`, and each later one since when; oldest first."""

    first: int
    later: tuple[tuple[datetime, int], ...] = ()

    def at(self, instant: datetime) -> int:
        """The severity that held then."""
        return next((one for since, one in reversed(self.later) if since <= instant), self.first)

    def spans(
        self, starts_at: datetime, ends_at: datetime | None
    ) -> list[tuple[int, datetime, datetime | None]]:
        """Each severity with from when and until when it held within a period; half-open."""
        later = [(since, one) for since, one in self.later if since > starts_at]
        if ends_at is not None:
            later = [(since, one) for since, one in later if since < ends_at]
        begins = [(starts_at, self.at(starts_at)), *later]
        ends = [since for since, _ in later] + [ends_at]
        return [(one, since, until) for (since, one), until in zip(begins, ends, strict=True)]


def of(incidents: Iterable[Incident]) -> dict[int, Severities]:
    """The severities of each incident, by its id. One statement."""
    stands = {one.pk: one.severity for one in incidents}
    rows = Event.objects.filter(subject__in=[f"INC-{key}" for key in stands], verb=CHANGED)
    told = rows.order_by("subject", "position").values_list("subject", "at", "data")
    changes: dict[int, list[tuple[datetime, int, int]]] = defaultdict(list)
    for subject, at, data in told:
        changes[int(subject.removeprefix("INC-"))].append((at, data["before"], data["severity"]))
    return {key: _severities(now, changes.get(key, [])) for key, now in stands.items()}


def _severities(now: int, changes: list[tuple[datetime, int, int]]) -> Severities:
    first = changes[0][1] if changes else now
    return Severities(first, tuple((at, after) for at, _, after in changes))
