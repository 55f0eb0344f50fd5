"""A change as lists show it: light values, named as in the model so that a template shows both."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from changes.models.choices import KindWord, OutcomeWord, RiskWord, StateWord


@dataclass(frozen=True, slots=True)
class Place:
    """A service, environment or team, by slug and name."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    """A user by username, and as pages name them."""

    username: str
    label: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of a list. Instants are aware; the planned period may be absent."""

    id: int
    title: str
    kind: str
    state: str
    outcome: str
    risk_level: str
    planned_start_at: datetime | None
    planned_end_at: datetime | None
    held_at: datetime | None
    created_at: datetime
    service: Place
    environment: Place
    team: Place
    author: Person
    implementer: Person | None

    @property
    def ref(self) -> str:
        """`CHG-1042`"""
        return f"CHG-{self.id}"

    def get_absolute_url(self) -> str:
        return f"/changes/{self.ref}"

    def get_kind_display(self) -> str:
        return str(KindWord(self.kind).label)

    def get_state_display(self) -> str:
        return str(StateWord(self.state).label)

    def get_outcome_display(self) -> str:
        return str(OutcomeWord(self.outcome).label) if self.outcome else ""

    def get_risk_level_display(self) -> str:
        return str(RiskWord(self.risk_level).label)


# `hit` picks at most a page of changes; only those are joined with the names people read.
NAMED = """
SELECT c.id, c.title, c.kind, c.state, c.outcome, c.risk_level,
    c.planned_start_at, c.planned_end_at, c.held_at, c.created_at,
    s.slug, s.name, e.slug, e.name, t.slug, t.name,
    a.username, trim(a.first_name || ' ' || a.last_name),
    i.username, trim(i.first_name || ' ' || i.last_name)
FROM ({hit}) c
JOIN catalog_service s ON s.id = c.service_id
JOIN catalog_environment e ON e.id = c.environment_id
JOIN catalog_team t ON t.id = c.team_id
JOIN catalog_user a ON a.id = c.author_id
LEFT JOIN catalog_user i ON i.id = c.implementer_id
"""


def listed(rows: Iterable[tuple[Any, ...]]) -> list[Listed]:
    """From the columns of `NAMED`, in their order."""
    return [_listed(row) for row in rows]


def _listed(row: tuple[Any, ...]) -> Listed:
    named: list[Any] = [
        Place(*row[10:12]),
        Place(*row[12:14]),
        Place(*row[14:16]),
        Person(row[16], row[17] or row[16]),
        Person(row[18], row[19] or row[18]) if row[18] else None,
    ]
    return Listed(*row[:10], *named)
