"""Which windows cover a place, in SQL; see Note [Scopes] in `changes.windows.scope`."""

from typing import Any

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from changes.windows.scope import DIMENSIONS, EXCEPT, STANDARD, Place

_RISKS = "'{low,medium,high}'::text[]"
# A change `c` on a service `s` of a team `t` in an environment `e`.
OF_CHANGE = {
    "team": "t.slug",
    "service": "s.slug",
    "environment": "e.slug",
    "tier": "s.tier",
    "kind": "c.kind",
    "category": "c.category",
    "risk": "c.risk_level",
}


def covers(window: str, **place: str) -> str:
    """A condition that `window`, a name of changes_window, covers what the expressions say.

    `place` gives SQL for any of the names of `Place`; what it does not give is not asked.
    """
    conditions = [
        f"({window}.{many} = '{{}}' OR {place[one]} = ANY ({window}.{many}))"
        f" AND ({window}.{EXCEPT}{many} = '{{}}'"
        f" OR {place[one]} <> ALL ({window}.{EXCEPT}{many}))"
        for many, one in DIMENSIONS.items()
        if one in place
    ]
    if "kind" in place and "risk" in place:
        up_to = f"{window}.except_standard_up_to_risk"
        conditions.append(
            f"NOT ({place['kind']} = '{STANDARD}' AND {up_to} <> ''"
            f" AND array_position({_RISKS}, {place['risk']}::text)"
            f" <= array_position({_RISKS}, {up_to}::text))"
        )
    return "\n            AND ".join(conditions)


def covering(place: Place) -> Any:
    """The same as a condition for `Window.objects.filter`, on what is known of a place."""
    known: dict[str, Any] = {
        name: value
        for name in (*DIMENSIONS.values(), "risk")
        if (value := getattr(place, name)) is not None
    }
    twice = [known[one] for one in DIMENSIONS.values() if one in known for _ in range(2)]
    if "kind" in known and "risk" in known:
        twice += [known["kind"], known["risk"]]
    sql = covers("changes_window", **dict.fromkeys(known, "%s"))
    return RawSQL(f"({sql or 'true'})", twice, output_field=BooleanField())  # noqa: S611 no input in it
