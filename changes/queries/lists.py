"""Lists of changes, one page at a time.

# Note [Pages by key]
A page begins where the last one ended, by key, so page 10,000 costs what the first costs and a new
change moves no row. Lists run newest first by number; where a planned period is asked, latest
planned first, for then the index on the planned start leads straight to it. See also Note [Keys
first] in `narrowing`.
"""

from dataclasses import dataclass

from changes.queries import cursors
from changes.queries.listed import COLUMNS, Listed, listed, named
from changes.queries.narrowing import Filters, Narrowed, capped, fetched, narrowed

__all__ = ["Filters", "Page", "page"]


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
    """One page of at most `limit` changes: one statement, and one more where slugs or users are
    named, and where words are.

    Raises `ValidationError` for an unknown slug, username or cursor, under its parameter's name.
    """
    edge = cursors.read(cursor, by_plan=filters.by_plan) if cursor else None
    found_by = narrowed(filters)
    newer = edge is not None and edge.newer
    here, order = _beyond(found_by, edge), _order(filters, newer=newer)
    first = f"ORDER BY {order} LIMIT {limit + 1:d}"
    hit = f"SELECT {COLUMNS} FROM changes_change c WHERE {here.where} {first}"  # noqa: S608 our own words
    counted = found_by.count_sql if found_by.hits is None else f"{found_by.hits:d}"
    ((text, count),) = fetched(f"SELECT ({named(hit)}), {counted}", here.values)
    rows = listed(text)
    more = len(rows) > limit
    del rows[limit:]
    if newer:
        rows.reverse()
    return Page(
        rows,
        next_cursor=_cursor(rows, filters, newer=False) if more or newer else None,
        previous_cursor=_cursor(rows, filters, newer=True)
        if (more if newer else edge is not None)
        else None,
        count_text=capped(count),
    )


def _beyond(found_by: Narrowed, edge: cursors.Cursor | None) -> Narrowed:
    if edge is None:
        return found_by
    way = ">" if edge.newer else "<"
    if edge.planned is None:
        return found_by.also(f"c.id {way} %(edge)s", edge=edge.id)
    further = f"(c.planned_start_at, c.id) {way} (%(edge_at)s, %(edge)s)"
    return found_by.also(further, edge=edge.id, edge_at=edge.planned)


def _order(filters: Filters, *, newer: bool) -> str:
    way = "ASC" if newer else "DESC"
    return f"c.planned_start_at {way}, c.id {way}" if filters.by_plan else f"c.id {way}"


def _cursor(rows: list[Listed], filters: Filters, *, newer: bool) -> str | None:
    if not rows:
        return None
    return cursors.written(rows[0 if newer else -1], newer=newer, by_plan=filters.by_plan)
