"""Addresses that managers write, which are asked later."""

from ipaddress import ip_address

import httpx2

from ledger.download import refuse_address
from ledger.safe_transport import NotReached, is_allowed


def why_never_asked(url: str) -> str:
    """Why an address is never asked; "" where only asking tells."""
    try:
        refuse_address(url)
        address = ip_address(httpx2.URL(url).host)
    except NotReached as problem:
        return str(problem)
    except ValueError:
        return ""
    if is_allowed(address):
        return ""
    return (
        f"{address} is not a public address. To allow it, add its network to "
        "WEBHOOK_ALLOWED_NETWORKS."
    )
