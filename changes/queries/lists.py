"""Lists of changes: filters, and one page at a time.

# Note [Pages by key]
A page begins where the last one ended, by key, so page 10,000 costs what the first costs and a new
change moves no row. Lists run newest first by number; where a planned period is asked, latest
planned first, for then the index on the planned start leads straight to it. Slugs and usernames are
resolved to keys first: the planner knows which key is frequent and which is rare, and picks its
index by that.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection

from catalog import statements
from changes.queries import cursors
from changes.queries.listed import NAMED, Listed, listed
from changes.queries.names import there_is_no

COUNT_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty means everything.

    `service`, `environment` and `team` are slugs, `author` and `mine` usernames: `mine` finds what
    that user wrote or implements. `planned_from` and `planned_to` (aware, half-open) look at the
    planned start. `q` are words as people type them into a search: "quoted phrases", -without, or.
    """

    state: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    risk: tuple[str, ...] = ()
    service: str = ""
    environment: str = ""
    team: str = ""
    author: str = ""
    mine: str = ""
    planned_from: datetime | None = None
    planned_to: datetime | None = None
    q: str = ""
    within_services: tuple[str, ...] = ()
    within_teams: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything is narrowed."""
        return any(getattr(self, field.name) for field in fields(self))

    @property
    def by_plan(self) -> bool:
        """Whether the list runs by the planned start."""
        return bool(self.planned_from or self.planned_to)


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list, newest first; a cursor is None where nothing lies beyond it.

    `count_text` counts the whole list: "312", or "1,000+" beyond that.
    """

    rows: list[Listed]
    next_cursor: str | None
    previous_cursor: str | None
    count_text: str


def page(*, filters: Filters, cursor: str | None, limit: int) -> Page:
    """One page of at most `limit` changes: two statements, three where a slug or user is named.

    Raises `ValidationError` for an unknown slug, username or cursor, under its parameter's name.
    """
    edge = cursors.read(cursor, by_plan=filters.by_plan) if cursor else None
    conditions, parameters = conditions_of(filters)
    newer = edge is not None and edge.newer
    beyond, key = _beyond(edge)
    where, order = " AND ".join(conditions + beyond), _order(filters, newer=newer)
    hit = f"SELECT c.* FROM changes_change c WHERE {where} ORDER BY {order} LIMIT {limit + 1:d}"  # noqa: S608 our own words
    found = fetched(f"{NAMED.format(hit=hit)} ORDER BY {order}", parameters | key)
    rows, more = listed(found[:limit]), len(found) > limit
    if newer:
        rows.reverse()
    return Page(
        rows,
        next_cursor=_cursor(rows, filters, newer=False) if more or newer else None,
        previous_cursor=_cursor(rows, filters, newer=True)
        if (more if newer else edge is not None)
        else None,
        count_text=count_text(conditions, parameters),
    )


def count_text(conditions: list[str], parameters: dict[str, Any]) -> str:
    """How many changes meet the conditions, counted up to a thousand."""
    where, limit = " AND ".join(conditions), COUNT_AT_MOST + 1
    some = f"SELECT 1 FROM changes_change c WHERE {where} LIMIT {limit}"  # noqa: S608 our own words
    ((count,),) = fetched(f"SELECT count(*) FROM ({some}) counted", parameters)  # noqa: S608
    return f"{COUNT_AT_MOST:,}+" if count > COUNT_AT_MOST else f"{count:,}"


def conditions_of(filters: Filters) -> tuple[list[str], dict[str, Any]]:
    """The filters as SQL conditions on `changes_change c`, and their parameters."""
    parameters: dict[str, Any] = _keys(filters)
    conditions = [_BY_KEY[name] for name in parameters]
    for column, words in (
        ("state", filters.state),
        ("kind", filters.kind),
        ("risk_level", filters.risk),
    ):
        if words:
            # With one word the index on it also gives the order; with ANY it does not.
            alone = len(words) == 1
            conditions.append(f"c.{column} = {'%s' if alone else 'ANY(%s)'}" % f"%({column})s")
            parameters[column] = words[0] if alone else list(words)
    for name, condition, value in (
        ("planned_from", "c.planned_start_at >= %(planned_from)s", filters.planned_from),
        ("planned_to", "c.planned_start_at < %(planned_to)s", filters.planned_to),
        ("q", _FOUND, filters.q.strip().translate(_APART)),
    ):
        if value:
            conditions.append(condition)
            parameters[name] = value
    if filters.within_services or filters.within_teams:
        conditions.append(_WITHIN)
        parameters["within_services"] = list(filters.within_services)
        parameters["within_teams"] = list(filters.within_teams)
    return conditions or ["true"], parameters


# Addresses are taken apart as the index takes them apart (migration 0003).
_APART = str.maketrans("/:@", "   ")
_FOUND = (
    "EXISTS (SELECT FROM changes_searchtext w "
    "WHERE w.change_id = c.id AND w.words @@ websearch_to_tsquery('english', %(q)s))"
)
_WITHIN = (
    "(c.service_id IN (SELECT id FROM catalog_service WHERE slug = ANY(%(within_services)s)) "
    "OR c.team_id IN (SELECT id FROM catalog_team WHERE slug = ANY(%(within_teams)s)))"
)
_BY_KEY = {
    "service": "c.service_id = %(service)s",
    "environment": "c.environment_id = %(environment)s",
    "team": "c.team_id = %(team)s",
    "author": "c.author_id = %(author)s",
    "mine": "(c.author_id = %(mine)s OR c.implementer_id = %(mine)s)",
}
_KEY = {
    "service": "(SELECT id FROM catalog_service WHERE slug = %(service)s)",
    "environment": "(SELECT id FROM catalog_environment WHERE slug = %(environment)s)",
    "team": "(SELECT id FROM catalog_team WHERE slug = %(team)s)",
    "author": "(SELECT id FROM catalog_user WHERE username = %(author)s)",
    "mine": "(SELECT id FROM catalog_user WHERE username = %(mine)s)",
}


def _keys(filters: Filters) -> dict[str, Any]:
    """The keys of the slugs and usernames that are named, in one statement."""
    named = {name: value for name in _KEY if (value := getattr(filters, name))}
    if not named:
        return {}
    ((*found,),) = fetched(f"SELECT {', '.join(_KEY[name] for name in named)}", named)
    keys = dict(zip(named, found, strict=True))
    unknown = {name: named[name] for name, key in keys.items() if key is None}
    if unknown:
        raise ValidationError(
            {
                name: there_is_no("user" if name in ("author", "mine") else name, value)
                for name, value in unknown.items()
            }
        )
    return keys


def _beyond(edge: cursors.Cursor | None) -> tuple[list[str], dict[str, Any]]:
    if edge is None:
        return [], {}
    way = ">" if edge.newer else "<"
    if edge.planned is None:
        return [f"c.id {way} %(edge)s"], {"edge": edge.id}
    return (
        [f"(c.planned_start_at, c.id) {way} (%(edge_at)s, %(edge)s)"],
        {"edge": edge.id, "edge_at": edge.planned},
    )


def _order(filters: Filters, *, newer: bool) -> str:
    way = "ASC" if newer else "DESC"
    return f"c.planned_start_at {way}, c.id {way}" if filters.by_plan else f"c.id {way}"


def _cursor(rows: list[Listed], filters: Filters, *, newer: bool) -> str | None:
    if not rows:
        return None
    return cursors.written(rows[0 if newer else -1], newer=newer, by_plan=filters.by_plan)


# By these alone a list is read from the index that begins with them, whatever their values, so it
# is planned once; everything else is planned by what the values are.
_ONE_PLAN = frozenset({"service", "team", "author", "state", "edge"})


def fetched(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What one statement answers."""
    if parameters.keys() <= _ONE_PLAN and not isinstance(parameters.get("state"), list):
        return statements.fetched(sql, parameters)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
