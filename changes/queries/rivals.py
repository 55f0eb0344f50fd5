"""Who holds the place of a change as it is now, where the facts were gathered a moment ago."""

from dataclasses import replace

from catalog import statements
from changes.models import Change
from changes.policies import Facts
from changes.queries import held_sql


def with_rivals(facts: Facts, *, change: Change) -> Facts:
    """The facts with the rivals of now. One statement."""
    ((apart, rows),) = statements.fetched(held_sql.OF_CHANGE, {"change": change.pk})
    found = tuple(held_sql.rival(row) for row in rows or ())
    return replace(facts, one_at_a_time=apart, rivals=found)
