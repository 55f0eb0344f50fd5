"""The incidents of the generated world: one for five changes, nearly all closed."""

from datetime import timedelta
from random import Random

from catalog.models import Service
from incidents.models import Incident
from incidents.queries import row_digest
from tests.bench.chains import Chain
from tests.bench.copying import Rows
from tests.bench.words import Words
from tests.bench.world import World

CHANGES_PER_INCIDENT = 5
SEVERITY_WEIGHTS = [2, 8, 40, 50]


def count(world: World) -> int:
    """How many incidents there are."""
    return world.size // CHANGES_PER_INCIDENT


def closed(number: int, *, world: World, words: Words, rng: Random, rows: Rows) -> None:
    """One incident that is over."""
    service = world.some_service(rng)
    by, also = rng.sample(world.people[service.owner_team_id], 2)
    began = world.anchor - timedelta(days=1095 * (1 - number / count(world)), hours=1)
    ended = began + timedelta(minutes=rng.choice((4, 15, 40, 55)))
    incident = Incident(
        id=number,
        title=f"{service.slug}: {words.some(rng, 3).lower()}",
        description=words.some(rng, 15),
        service=service,
        environment=world.environments["production"],
        severity=rng.choices((1, 2, 3, 4), SEVERITY_WEIGHTS)[0],
        state="closed",
        commander=also,
        onset_at=began,
        declared_at=began,
        declared_by=by,
        closed_at=ended,
        closed_by=also,
        closing_note=words.some(rng, 8),
    )
    _write(incident, rows)


def open_major(number: int, *, service: Service, world: World, rows: Rows) -> None:
    """A SEV-2 that is open on a service and keeps its changes from starting."""
    by = world.people[service.owner_team_id][0]
    incident = Incident(
        id=number,
        title="Elevated error rate",
        service=service,
        severity=2,
        onset_at=world.anchor - timedelta(hours=3),
        declared_at=world.anchor - timedelta(hours=3),
        declared_by=by,
    )
    _write(incident, rows)


def _write(incident: Incident, rows: Rows) -> None:
    rows.add_model(incident)
    service = incident.service
    about = [f"service:{service.slug}", f"team:{service.owner_team.slug}"]
    chain = Chain(rows, incident.ref, about)
    says = {"title": incident.title, "severity": incident.severity}
    digest = {"row_digest": row_digest(incident)}
    declared = {**says, **({} if incident.closed_at else digest)}
    actor = incident.declared_by.username if incident.declared_by else "tidegate"
    chain.add("incident.declared", actor=actor, at=incident.declared_at, data=declared)
    if incident.closed_at and incident.closed_by:
        note = {"note": incident.closing_note, **digest}
        ended = incident.closed_at
        chain.add("incident.closed", actor=incident.closed_by.username, at=ended, data=note)
