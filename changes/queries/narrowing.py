"""What lists are narrowed to, as conditions in SQL.

# Note [Keys first]
Slugs and usernames are resolved to keys, and words to the changes that hold them, before a list is
asked for: the planner knows which key is frequent and which is rare, and picks its index by that.
Of words it knows only the most common, and takes all others for equally frequent: for a word that
stands in ten changes it would walk through a million, and for one in a thousand through tens of
thousands. Where words stand in more than `FEW` changes, the walk meets enough of them soon.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db import connection

from catalog import statements
from changes.queries.names import there_is_no

COUNT_AT_MOST = 1000
FEW = 5000


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty means everything.

    `service`, `environment` and `team` are slugs, `author` and `mine` usernames: `mine` finds what
    that user wrote or implements. `planned_from` and `planned_to` (aware, half-open) look at the
    planned start; `unauthorised` finds what went ahead without leave. `q` are words as people type
    them into a search: "quoted phrases", -without, or.
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
    unauthorised: bool = False
    q: str = ""
    within_services: tuple[str, ...] = ()
    within_teams: tuple[str, ...] = ()
    within_environments: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything is narrowed."""
        return any(getattr(self, field.name) for field in fields(self))

    @property
    def by_plan(self) -> bool:
        """Whether the list runs by the planned start."""
        return bool(self.planned_from or self.planned_to)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Conditions on `changes_change c`, with their values; `hits` is the count, where known."""

    conditions: tuple[str, ...]
    values: dict[str, Any]
    hits: int | None = None

    @property
    def where(self) -> str:
        return " AND ".join(self.conditions) or "true"

    def also(self, *conditions: str, **values: Any) -> "Narrowed":
        """Narrowed further."""
        both = self.values | values
        return replace(self, conditions=(*self.conditions, *conditions), values=both, hits=None)

    @property
    def count_sql(self) -> str:
        """How many changes there are, and no more than one beyond what is counted."""
        some = f"SELECT FROM changes_change c WHERE {self.where} LIMIT {COUNT_AT_MOST + 1}"
        return f"(SELECT count(*) FROM ({some}) counted)"  # noqa: S608


def capped(count: int) -> str:
    """ "312", or "1,000+" beyond that."""
    return f"{COUNT_AT_MOST:,}+" if count > COUNT_AT_MOST else f"{count:,}"


def narrowed(filters: Filters) -> Narrowed:
    """The filters as conditions: a statement where slugs or users are named, one where words are,
    and one more where these stand in some thousands of changes.

    Raises `ValidationError` for an unknown slug or username.
    """
    found = _by_words(filters.q.strip().translate(APART))
    keys = _keys(filters)
    if keys:
        found = found.also(*(_BY_KEY[name] for name in keys), **keys)
    for column, words in (
        ("state", filters.state),
        ("kind", filters.kind),
        ("risk_level", filters.risk),
    ):
        if len(words) == 1:  # then the index on it also gives the order; with ANY it does not
            found = found.also(f"c.{column} = %({column})s", **{column: words[0]})
        elif words:
            found = found.also(f"c.{column} = ANY(%({column})s)", **{column: list(words)})
    if filters.planned_from:
        from_ = filters.planned_from
        found = found.also("c.planned_start_at >= %(planned_from)s", planned_from=from_)
    if filters.planned_to:
        found = found.also("c.planned_start_at < %(planned_to)s", planned_to=filters.planned_to)
    if filters.unauthorised:
        found = found.also("c.unauthorised_at IS NOT NULL")
    if filters.within_services or filters.within_teams:
        services, teams = list(filters.within_services), list(filters.within_teams)
        found = found.also(_WITHIN, within_services=services, within_teams=teams)
    if filters.within_environments:
        found = found.also(_THERE, within_environments=list(filters.within_environments))
    return found


def _by_words(words: str) -> Narrowed:
    """By the keys of the few changes that hold the words, or by the words where they are many."""
    if not words:
        return Narrowed((), {})
    keys, newest = _hits(words, COUNT_AT_MOST)
    many = len(keys) > COUNT_AT_MOST
    if many and may_be_few(keys, newest=newest):
        keys, _ = _hits(words, FEW)
        many = len(keys) > FEW
    if many:
        return Narrowed((_FOUND,), {"q": words}, hits=len(keys))
    return Narrowed(("c.id = ANY(%(hits)s)",), {"hits": keys}, hits=len(keys))


def may_be_few(keys: Sequence[int], *, newest: int) -> bool:
    """Whether the first hits do not tell that there are many more than `FEW`.

    They come as they were written, mostly: half of them reach half as far as all of them. The
    furthest one tells nothing, since a change that was edited lately may stand among the first.
    """
    reach = 2 * sorted(keys)[len(keys) // 2]
    return newest * COUNT_AT_MOST <= reach * FEW


def _hits(words: str, most: int) -> tuple[list[int], int]:
    """Keys of changes that hold the words, one more than `most` where there are more; and of the
    newest of all changes."""
    ((found,),) = fetched(_HITS, {"q": words, "most": most + 1})
    newest, keys = orjson.loads(found)
    return keys or [], newest or 0


# Addresses are taken apart as the index takes them apart (migration 0003).
APART = str.maketrans("/:@", "   ")
_FOUND = (
    "EXISTS (SELECT FROM changes_searchtext w "
    "WHERE w.change_id = c.id AND w.words @@ websearch_to_tsquery('english', %(q)s))"
)
_HITS = """
SELECT json_build_array(
    (SELECT max(change_id) FROM changes_searchtext),
    (SELECT json_agg(key) FROM (
        SELECT w.change_id AS key FROM changes_searchtext w
        WHERE w.words @@ websearch_to_tsquery('english', %(q)s) LIMIT %(most)s) hits))::text
"""
_WITHIN = (
    "(c.service_id IN (SELECT id FROM catalog_service WHERE slug = ANY(%(within_services)s)) "
    "OR c.team_id IN (SELECT id FROM catalog_team WHERE slug = ANY(%(within_teams)s)))"
)
_THERE = (
    "c.environment_id IN "
    "(SELECT id FROM catalog_environment WHERE slug = ANY(%(within_environments)s))"
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


# By these alone a list is read from the index that begins with them, whatever their values, so it
# is planned once; everything else is planned by what the values are.
ONE_PLAN = frozenset({"service", "team", "author", "state", "edge"})


def fetched(
    sql: str, parameters: dict[str, Any], *, one_plan: frozenset[str] = ONE_PLAN
) -> list[tuple[Any, ...]]:
    """What one statement answers; planned once where all it is given is in `one_plan`."""
    if parameters.keys() <= one_plan and not isinstance(parameters.get("state"), list):
        return statements.fetched(sql, parameters)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
