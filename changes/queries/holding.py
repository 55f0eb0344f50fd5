"""Which incidents hold the changes of a service, now or at an instant, in one place or in many.

# Note [What an incident holds]
An open SEV-1 or SEV-2 holds the changes of the service that it was declared on, of every other that
it touches, and of those that need one of them: in its environment, or everywhere where it names
none. What needs those in turn is not held: whether the trouble reaches that far is for people to
say, who name it as touched too. Otherwise one vault that everything stands on would hold everything
on a suspicion.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from changes.policies.facts import IncidentFacts
from changes.policies.periods import GATING_SEVERITY
from incidents.queries import IS_OPEN, OVER_AT

_NOW = (IS_OPEN, "a.until IS NULL")


def _then(at: str) -> tuple[str, str]:
    """Whether incident `i` was open, and touched the service of row `a`, at an instant."""
    is_open = f"i.declared_at <= {at} AND ({OVER_AT} IS NULL OR {OVER_AT} > {at})"
    return is_open, f"a.since <= {at} AND (a.until IS NULL OR a.until > {at})"


def sql(service: str, environment: str | None, *, at: str | None = None) -> str:
    """Incidents `i` that hold the changes of a service, once for each service `hurt` by which.

    What a FROM or a JOIN takes. See Note [What an incident holds].
    """
    is_open, touches = _then(at) if at else _NOW
    found = f"{is_open} AND i.severity <= {GATING_SEVERITY}"
    if environment:
        found += f" AND (i.environment_id IS NULL OR i.environment_id = {environment})"
    columns = "i.id, i.severity, i.declared_at, i.service_id, i.environment_id"
    return f"""
        (SELECT {service} AS id UNION ALL
            SELECT d.needs_id FROM catalog_servicedependency d
            WHERE d.service_id = {service}) hurt
        CROSS JOIN LATERAL (
            SELECT {columns} FROM incidents_incident i WHERE i.service_id = hurt.id AND {found}
            UNION ALL
            SELECT {columns} FROM incidents_affectedservice a
            JOIN incidents_incident i ON i.id = a.incident_id
            WHERE a.service_id = hurt.id AND {touches} AND {found}) i
    """  # noqa: S608 names of our own


def rows(service: str) -> str:
    """Those incidents as JSON, worst first; of one's ways to a service the shortest comes first."""
    return f"""json_agg(json_build_array(i.id, i.severity, i.declared_at, i.environment_id,
            (SELECT y.slug FROM catalog_service y WHERE y.id = hurt.id AND y.id <> {service}),
            (SELECT y.slug FROM catalog_service y WHERE y.id = i.service_id AND y.id <> hurt.id))
        ORDER BY i.severity, i.id, hurt.id <> {service}, i.service_id <> hurt.id, hurt.id)"""  # noqa: S608


def told(found: Iterable[Sequence[Any]] | None) -> tuple[IncidentFacts, ...]:
    """Facts from `rows`, each incident once."""
    known: dict[int, IncidentFacts] = {}
    for number, severity, declared_at, _, hurt, declared_on in found or ():
        since = datetime.fromisoformat(declared_at)
        known.setdefault(
            number,
            IncidentFacts(
                f"INC-{number}",
                severity,
                True,
                since,
                service=hurt or "",
                declared_on=declared_on or "",
            ),
        )
    return tuple(known.values())


_OF_PLACES = f"""
SELECT s.id, e.id, (SELECT {rows("s.id")}::text FROM {sql("s.id", "e.id")})
FROM unnest(%s::bigint[]) s(id) CROSS JOIN catalog_environment e
"""  # noqa: S608 fragments of ours
_AT = f"""
SELECT (SELECT {rows("s.id")}::text FROM {sql("s.id", "e.id", at="%(at)s::timestamptz")})
FROM catalog_service s CROSS JOIN catalog_environment e
WHERE s.slug = %(service)s AND e.slug = %(environment)s
"""  # noqa: S608 fragments of ours


def on_places(services: Sequence[int]) -> dict[tuple[int, int], tuple[IncidentFacts, ...]]:
    """Those that hold each of the services in each environment, worst first. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_PLACES, [list(services)])
        return {
            (service, environment): told(orjson.loads(found or "[]"))
            for service, environment, found in cursor.fetchall()
        }


def back_then(*, service: str, environment: str, at: datetime) -> tuple[IncidentFacts, ...]:
    """Those that held a service in an environment at an instant, by their slugs. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_AT, {"service": service, "environment": environment, "at": at})
        found = cursor.fetchone()
    return told(orjson.loads(found[0]) if found and found[0] else ())
