"""Where a request came from."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from django.conf import settings


def address_of(sent: Mapping[str, Any]) -> str:
    """The address of the client, of a request's `META`; "" where nobody says.

    Behind proxies it is what the outermost trusted one wrote at the end of `X-Forwarded-For`:
    TRUSTED_PROXIES says how many there are. What stands before that, the client wrote.
    """
    nearest = str(sent.get("REMOTE_ADDR", ""))
    count = settings.TRUSTED_PROXIES
    told = [part.strip() for part in str(sent.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    if not count or len(told) < count:
        return nearest
    try:
        return str(ip_address(told[-count]))
    except ValueError:
        return nearest
