"""What goes on in an environment: who has taken it, and who works there."""

from dataclasses import dataclass
from datetime import datetime

from catalog.models import Environment
from changes.models import Change, EnvironmentLock, Reservation
from ledger import timeline
from ledger.models import Event

RUNNING_SHOWN = 50
EVENTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Busy:
    """An environment, the lock that holds if one does, and what is being implemented there.

    At most `RUNNING_SHOWN` of the changes that run, those started first.
    """

    environment: Environment
    lock: EnvironmentLock | None
    running: list[Change]

    @property
    def room(self) -> int | None:
        """How many more may start; None for any number."""
        if self.environment.max_running is None:
            return None
        return max(self.environment.max_running - len(self.running), 0)


def busy(*, environment: Environment, now: datetime) -> Busy:
    """Two statements."""
    running = Reservation.objects.filter(environment=environment, is_own=True, is_running=True)
    changes = Change.objects.filter(pk__in=running.values("change")).order_by("started_at", "id")
    return Busy(
        environment,
        locks(now=now).get(environment.pk),
        list(changes.select_related("service", "started_by")[:RUNNING_SHOWN]),
    )


def locks(*, now: datetime) -> dict[int, EnvironmentLock]:
    """The locks that hold, by the key of their environment. One statement."""
    rows = EnvironmentLock.objects.filter(
        released_at__isnull=True, locked_at__lte=now, until__gt=now
    )
    return {row.environment_id: row for row in rows.select_related("locked_by", "change")}


def events(*, environment: Environment) -> list[Event]:
    """What was done to an environment lately, newest first. One statement."""
    rows = timeline.events_of(subject=f"environment:{environment.slug}").order_by("-position")
    return list(rows[:EVENTS_SHOWN])
