"""A change as lists show it: light values, named as in the model so that a template shows both."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

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
    unauthorised_at: datetime | None
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


# `hit` picks at most a page of changes, and the names people read are looked up for these alone:
# joins would read whole tables for them. A row comes as one JSON text, for read as twenty columns
# it would cost four times as much.
NAMED = """
SELECT json_build_array(c.id, c.title, c.kind, c.state, c.outcome, c.risk_level,
    c.planned_start_at, c.planned_end_at, c.held_at, c.unauthorised_at,
    c.created_at,
    (SELECT json_build_array(slug, name) FROM catalog_service WHERE id = c.service_id),
    (SELECT json_build_array(slug, name) FROM catalog_environment WHERE id = c.environment_id),
    (SELECT json_build_array(slug, name) FROM catalog_team WHERE id = c.team_id),
    (SELECT json_build_array(username, trim(first_name || ' ' || last_name))
        FROM catalog_user WHERE id = c.author_id),
    (SELECT json_build_array(username, trim(first_name || ' ' || last_name))
        FROM catalog_user WHERE id = c.implementer_id))::text
FROM ({hit}) c
"""


def listed(rows: Iterable[tuple[Any, ...]]) -> list[Listed]:
    """From the rows of `NAMED`, in their order."""
    return [_listed(orjson.loads(row)) for (row,) in rows]


def _listed(row: list[Any]) -> Listed:
    service, environment, team, author, implementer = row[11:]
    named: list[Any] = [
        *(datetime.fromisoformat(one) if one else None for one in row[6:11]),
        Place(*service),
        Place(*environment),
        Place(*team),
        _person(author),
        _person(implementer) if implementer else None,
    ]
    return Listed(*row[:6], *named)


def _person(row: list[str]) -> Person:
    username, full_name = row
    return Person(username, full_name or username)
