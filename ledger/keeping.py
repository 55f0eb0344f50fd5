"""What writing rows that managers keep has in common: who may, and what the ledger is told."""

from collections.abc import Iterable, Iterator
from datetime import time, timedelta
from typing import Any

from django.db.models import Model
from django.utils.duration import duration_iso_string

from catalog.models import User
from catalog.roles import CHANGE_MANAGERS, roles_of
from ledger.decision import Reason, refuse

MANAGERS = "change managers"


def demand_change_manager(verb: str, *, actor: User, ref: str, what: str) -> None:
    """Raise `Refused` (not_permitted) for anybody but a change manager or a superuser."""
    for reason in by_change_manager(actor, what=what):
        raise refuse(verb, reason, ref=ref)


def by_change_manager(actor: User, *, what: str) -> Iterator[Reason]:
    """The objection to anybody but a change manager or a superuser who writes `what`."""
    if actor.is_active and (actor.is_superuser or CHANGE_MANAGERS in roles_of(actor)):
        return
    yield Reason(
        "not_permitted",
        f"Only {MANAGERS} write {what}; {actor.username} is none.",
        "Ask a change manager to do it.",
        source="people",
    )


def differences(
    before: Model | None, after: Model, *, names: Iterable[str]
) -> dict[str, list[Any]]:
    """Each field that is not as it was, with both values; a new row differs from an empty one."""
    old = before or type(after)()
    return {
        name: [_word(getattr(old, name)), _word(getattr(after, name))]
        for name in names
        if getattr(old, name) != getattr(after, name)
    }


def told(before: Model | None, diff: dict[str, list[Any]]) -> dict[str, Any]:
    """A diff as events hold it: what an edit changed, or what a new row says."""
    if before is not None:
        return {"diff": diff}
    return {"says": {name: after for name, (_, after) in diff.items()}}


def _word(value: Any) -> Any:
    """A value as events hold it: times and lengths as ISO 8601 text."""
    if isinstance(value, timedelta):
        return duration_iso_string(value)
    return value.isoformat() if isinstance(value, time) else value
