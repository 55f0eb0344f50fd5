"""Names people mistype: the sentence that says so, with the closest there are."""

from difflib import get_close_matches
from typing import Any

from django.db.models import Model, Q

from catalog.models import Environment, Service, Team
from changes.models import Template

_ROWS: dict[str, tuple[type[Model], str]] = {
    "service": (Service, "slug"),
    "environment": (Environment, "slug"),
    "team": (Team, "slug"),
    "template": (Template, "slug"),
}
_LOOKED_AT = 500
_SHOWN = 3


def there_is_no(kind: str, name: str) -> str:
    """`There is no service paymets-api. Did you mean payments-api?` One statement.

    Candidates begin or end like the name, so that 50,000 services cost no more than 50. Users and
    incidents are not suggested: a guess must not tell who works here, and numbers are all alike.
    """
    sentence = f"There is no {kind} {_short(name)}."
    close = get_close_matches(name[:80], _alike(kind, name), n=_SHOWN) if kind in _ROWS else []
    return f"{sentence} Did you mean {' or '.join(close)}?" if close else sentence


def missing(kind: str, names: list[str]) -> list[str]:
    """Which of the names no row has, in their order. One statement, none for no names."""
    if not names:
        return []
    model, column = _ROWS[kind]
    rows: Any = model._default_manager.filter(**{f"{column}__in": names})
    known = set(rows.values_list(column, flat=True))
    return [name for name in dict.fromkeys(names) if name not in known]


def _alike(kind: str, name: str) -> list[str]:
    model, column = _ROWS[kind]
    near = Q(**{f"{column}__startswith": name[:3]}) | Q(**{f"{column}__endswith": name[-4:]})
    rows: Any = model._default_manager.filter(near)
    return list(rows.values_list(column, flat=True)[:_LOOKED_AT])


def _short(name: str) -> str:
    return name if len(name) <= 80 else f"{name[:80]}…"
