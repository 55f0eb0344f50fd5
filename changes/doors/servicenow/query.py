"""`sysparm_query`, as far as it is read: a few fields that must be equal, joined by `^`. Pure."""

from collections.abc import Mapping

FIELDS = frozenset({"number", "short_description", "sys_id", "active", "type", "state"})
TEMPLATE_FIELDS = frozenset({"sys_id", "name", "sys_name", "active"})
PARAMETERS = frozenset({"sysparm_query", "sysparm_limit", "sysparm_offset", "order"})
IGNORED = (
    "sysparm_fields",
    "sysparm_display_value",
    "sysparm_exclude_reference_link",
    "textSearch",
)
ORDERS = ("ORDERBY", "ORDERBYDESC")


class Unsupported(ValueError):
    """A condition that is not read: left out, it would show more than was asked for."""


def wanted(query: Mapping[str, str], *, fields: frozenset[str] = FIELDS) -> dict[str, str]:
    """What fields must be equal to, from `sysparm_query` and from parameters named as fields.

    Raises `Unsupported` with what is read.
    """
    found: dict[str, str] = {}
    for part in filter(None, query.get("sysparm_query", "").split("^")):
        if part.startswith(ORDERS):
            continue
        name, equals, value = part.partition("=")
        if not equals or name not in fields:
            raise Unsupported(_only(part, fields))
        found[name] = value
    for name, value in query.items():
        if name in PARAMETERS or name in IGNORED:
            continue
        if name not in fields:
            raise Unsupported(_only(f"{name}={value}", fields))
        found[name] = value
    return found


def _only(part: str, fields: frozenset[str]) -> str:
    known = ", ".join(sorted(fields))
    return f"“{part[:80]}” is not read here. Ask with = for: {known}; join conditions with ^."
