"""The overrides of a place as the one statement of facts brings them, for the rules."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from changes.policies.facts import OverrideFacts
from changes.windows import Interval, Lift


def sql(service: str, environment: str) -> str:
    """Confirmed ones of the change `c` or of no change, on a service in an environment by key.

    Those that open something after an instant, or whose review is owed.
    """
    return f"""
    (SELECT json_agg(json_build_array(
            o.id, o.change_id, o.windows, greatest(o.starts_at, o.confirmed_at),
            least(o.expires_at, o.withdrawn_at), asked.username, agreed.username, o.reason,
            o.review_due_at, o.reviewed_at IS NOT NULL) ORDER BY o.id)
        FROM changes_override o
        JOIN catalog_user asked ON asked.id = o.requested_by_id
        JOIN catalog_user agreed ON agreed.id = o.confirmed_by_id
        WHERE {_there(service, environment)})
"""  # noqa: S608 names of our own


def some(service: str, environment: str) -> str:
    """Whether `sql` would bring any."""
    return f"EXISTS (SELECT FROM changes_override o WHERE {_there(service, environment)})"


def override_facts(
    rows: Iterable[Sequence[Any]] | None, *, service: str, environment: str
) -> tuple[OverrideFacts, ...]:
    """From the JSON of `sql`; one whose period is empty opens nothing and is still owed."""
    return tuple(
        OverrideFacts(
            ref=f"OVR-{number}",
            place=f"CHG-{change}" if change else f"{service} in {environment}",
            windows=frozenset(windows),
            period=Interval(datetime.fromisoformat(starts), datetime.fromisoformat(ends)),
            requested_by=asked,
            confirmed_by=agreed,
            reason=reason,
            review_due_at=datetime.fromisoformat(due),
            reviewed=reviewed,
        )
        for number, change, windows, starts, ends, asked, agreed, reason, due, reviewed in rows
        or ()
    )


def lifts(overrides: Iterable[OverrideFacts]) -> list[Lift]:
    """What the overrides open."""
    return [
        Lift(one.windows, one.period)
        for one in overrides
        if one.period.starts_at < one.period.ends_at
    ]


def _there(service: str, environment: str) -> str:
    return f"""o.service_id = {service} AND o.environment_id = {environment}
            AND (o.change_id IS NULL OR o.change_id = c.id)
            AND (o.expires_at > %(now)s::timestamptz OR o.reviewed_at IS NULL)
            AND o.confirmed_at IS NOT NULL"""
