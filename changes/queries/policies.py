"""Policy rules from their rows to the pure rules, kept per process; see Note [The edition of the
book] in `changes.models.policy`."""

from collections.abc import Mapping
from typing import Any

from django.db import connection

from changes.models import PolicyRule
from changes.policies.custom import CustomRule, Effect, Mode, RuleSet
from changes.policies.custom.reading import Unreadable, read
from changes.policies.custom.tree import Group
from changes.policies.facts import Authority

EDITION = "(SELECT edition::text FROM changes_policybook)"
"""For a statement that gathers facts: brings along what `in_force` asks for."""

NAMED = (
    "name",
    "version",
    "effect",
    "mode",
    "verbs",
    "conditions",
    "message",
    "remedy",
    "authority",
    "count",
)
_ALL = f"""
SELECT {EDITION}, (SELECT json_agg(r ORDER BY r.name) FROM (
    SELECT {", ".join(NAMED)} FROM changes_policyrule WHERE is_active) r)
"""  # noqa: S608 names of our own
_ANYTHING = read({"all": [{"field": "tier", "operator": "at_least", "value": 0}]})


_NO_RULES = RuleSet()


class _Kept:
    """The rules of one edition. Replaced as one, so threads see the old pair or the new."""

    edition: str | None = None
    rules = _NO_RULES


_kept = _Kept()


def in_force(edition: str | None) -> RuleSet:
    """The active rules of an edition that a statement just read; it is None before the first rule.

    No statement while the edition is the one kept; one where it is not. The rules are then those of
    the newest edition, which may be newer than asked for and never older.
    """
    global _kept
    if edition is None:
        return _NO_RULES
    kept = _kept
    if kept.edition != edition:
        kept = _kept = _read()
    return kept.rules


def now_in_force() -> RuleSet:
    """The active rules; one statement."""
    return _read().rules


def _read() -> _Kept:
    """Edition and rules of one snapshot."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL)
        edition, rows = cursor.fetchone()
    found = _Kept()
    found.edition, found.rules = edition, RuleSet(_rule(row) for row in rows or ())
    return found


def rule_of(row: PolicyRule) -> CustomRule:
    """A row, saved or not, as the pure rules take it. Raises `Unreadable`."""
    said = {name: getattr(row, name) for name in NAMED}
    return _made(said, when=read(row.conditions))


def _rule(said: Mapping[str, Any]) -> CustomRule:
    """A kept rule; one that denies and cannot be read any more denies everything, and says so."""
    try:
        return _made(said, when=read(said["conditions"]))
    except Unreadable as problem:
        told = {
            "message": f"The policy rule “{said['name']}” cannot be read: {problem}",
            "remedy": "Ask a change manager to correct or deactivate it.",
        }
        return _made({**said, **told}, when=_ANYTHING)


def _made(said: Mapping[str, Any], *, when: Group) -> CustomRule:
    effect = Effect(said["effect"])
    return CustomRule(
        name=said["name"],
        version=said["version"],
        effect=effect,
        mode=Mode(said["mode"]),
        verbs=frozenset(said["verbs"]),
        when=when,
        message=said["message"],
        remedy=said["remedy"],
        authority=Authority(said["authority"] or Authority.CAB),
        count=said["count"],
    )
