"""Search: refs and service slugs lead straight there, words find the changes they stand in."""

import re
from dataclasses import dataclass
from typing import Any

from changes.queries.listed import COLUMNS, Listed, listed, named
from changes.queries.narrowing import APART, COUNT_AT_MOST, Filters, capped, fetched, narrowed

RANKED_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Jump:
    """What the words name: `what` is change, incident or service, `ref` its ref or slug."""

    what: str
    ref: str


@dataclass(frozen=True, slots=True)
class Found:
    """The best of what the words are found in; `count_text` as in `lists.Page`."""

    jump: Jump | None
    rows: list[Listed]
    count_text: str


_REF = re.compile(r"(CHG|INC)-([1-9][0-9]{0,17})", re.IGNORECASE | re.ASCII)
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)
_NAMED = {
    "CHG": ("change", "SELECT 1 FROM changes_change WHERE id = %(key)s"),
    "INC": ("incident", "SELECT 1 FROM incidents_incident WHERE id = %(key)s"),
}
_SERVICE = "SELECT 1 FROM catalog_service WHERE slug = %(key)s"

# Of many hits only the newest are ranked: to rank every hit of a common word is to read them all.
_BEST = """
SELECT {columns} FROM (
    SELECT n.id, ts_rank(w.words, websearch_to_tsquery('english', %(q)s)) AS rank
    FROM (
        SELECT c.id FROM changes_change c WHERE {conditions}
        ORDER BY c.id DESC LIMIT %(ranked)s
    ) n
    JOIN changes_searchtext w ON w.change_id = n.id
    ORDER BY rank DESC, n.id DESC LIMIT %(limit)s
) best JOIN changes_change c ON c.id = best.id
ORDER BY best.rank DESC, c.id DESC
"""


def jump(*, words: str) -> Jump | None:
    """Where words lead that are a ref or a service's slug, if it exists. At most one statement."""
    one = words.strip()
    if named := _REF.fullmatch(one):
        what, sql = _NAMED[named[1].upper()]
        return Jump(what, f"{named[1].upper()}-{named[2]}") if _there(sql, int(named[2])) else None
    if _SLUG.fullmatch(one) and _there(_SERVICE, one.lower()):
        return Jump("service", one.lower())
    return None


def best(*, words: str, limit: int) -> Found:
    """The changes that fit the words best, of a thousand that hold them or of the newest of more.

    Three statements.
    """
    if not words.strip():
        return Found(None, [], "0")
    found_by = narrowed(Filters(q=words))
    hit = _BEST.format(columns=COLUMNS, conditions=found_by.where)
    count = found_by.hits or 0
    ranked = COUNT_AT_MOST if count <= COUNT_AT_MOST else RANKED_AT_MOST
    asked = {"q": words.strip().translate(APART), "limit": limit, "ranked": ranked}
    ((text,),) = fetched(named(hit), found_by.values | asked)
    return Found(jump(words=words), listed(text), capped(count))


def _there(sql: str, key: Any) -> bool:
    return bool(fetched(sql, {"key": key}))
