"""A change as lists show it: light values, named as in the model so that a template shows both."""

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


# What `hit` picks, as it orders it; the names people read are looked up once for each they stand
# for, since joins would read whole tables for them. All comes as one JSON text, for read as twenty
# columns a row it would cost four times as much.
COLUMNS = """c.id, c.title, c.kind, c.state, c.outcome, c.risk_level,
    c.planned_start_at, c.planned_end_at, c.held_at, c.unauthorised_at, c.created_at,
    c.service_id, c.environment_id, c.team_id, c.author_id, c.implementer_id"""
_NAMED = f"""
WITH hit AS MATERIALIZED ({{hit}})
SELECT json_build_array(
    (SELECT json_agg(json_build_array({COLUMNS})) FROM hit c),
    {{names}})::text
"""  # noqa: S608 columns of our own
_NAMES = """(SELECT json_agg((SELECT json_build_array(id, {name}) FROM {table} WHERE id = d.key))
    FROM ({keys}) d)"""
_PLACE, _PERSON = "slug, name", "username, trim(first_name || ' ' || last_name)"
_KEYS = "SELECT DISTINCT {column} AS key FROM hit"
_PEOPLE = """SELECT author_id AS key FROM hit
    UNION SELECT implementer_id FROM hit WHERE implementer_id IS NOT NULL"""
_ALL_NAMES = [
    *(
        _NAMES.format(name=_PLACE, table=f"catalog_{one}", keys=_KEYS.format(column=f"{one}_id"))
        for one in ("service", "environment", "team")
    ),
    _NAMES.format(name=_PERSON, table="catalog_user", keys=_PEOPLE),
]


def named(hit: str) -> str:
    """A statement that answers one text for the `COLUMNS` of changes `c` that another picks in
    order; `listed` reads it."""
    return _NAMED.format(hit=hit, names=",\n    ".join(_ALL_NAMES))


def listed(text: str) -> list[Listed]:
    """What a statement of `named` answers, in its order."""
    rows, services, environments, teams, people = orjson.loads(text)
    places = [_by_key(some) for some in (services, environments, teams)]
    persons = {key: Person(name, full or name) for key, name, full in people or ()}
    return [_listed(row, places, persons) for row in rows or ()]


def _by_key(rows: list[tuple[int, str, str]] | None) -> dict[int, Place]:
    return {key: Place(slug, name) for key, slug, name in rows or ()}


def _listed(row: list[Any], places: list[dict[int, Place]], people: dict[int, Person]) -> Listed:
    service, environment, team, author, implementer = row[11:]
    services, environments, teams = places
    named: list[Any] = [
        *(datetime.fromisoformat(one) if one else None for one in row[6:11]),
        services[service],
        environments[environment],
        teams[team],
        people[author],
        people[implementer] if implementer else None,
    ]
    return Listed(*row[:6], *named)
