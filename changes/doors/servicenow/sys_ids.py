"""ServiceNow's ids: 32 hex digits, made from our numbers, so that none need be kept. Pure."""

import re

CHANGE, TEMPLATE = b"tidegate".hex(), b"template".hex()
_DIGITS = 16
_SYS_ID = re.compile(r"([0-9a-f]{16})([0-9a-f]{16})", re.ASCII)


def sys_id(kind: str, number: int) -> str:
    """The id of row `number` of a kind: `CHANGE` or `TEMPLATE`."""
    return f"{kind}{number:0{_DIGITS}x}"


def number_in(text: str, *, kind: str) -> int | None:
    """The number in an id of a kind; None for any other text."""
    match = _SYS_ID.fullmatch(text.lower())
    if match is None or match[1] != kind:
        return None
    return int(match[2], 16) or None
