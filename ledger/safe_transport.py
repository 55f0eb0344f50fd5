"""A transport that cannot be talked into reaching our own network (SSRF)."""

import socket
import ssl
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpcore2
import httpx2
from django.conf import settings

from ledger.bounded_network import BoundedBackend

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# Addresses that `is_global` lets through although they carry an IPv4 address inside.
_CARRIERS = tuple(
    ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "::/96")
)
_PORTS = {"https": 443, "http": 80}


class NotReached(Exception):
    """An address was not reached; `permanent` when trying again is of no use.

    `retry_after` is the wait that whoever answered asked for.
    """

    def __init__(
        self, message: str, *, permanent: bool = False, retry_after: timedelta | None = None
    ) -> None:
        self.permanent = permanent
        self.retry_after = retry_after
        super().__init__(message)


class SafeTransport(httpx2.HTTPTransport):
    """Resolves a name once, refuses every address inside, and connects to the address it checked.

    Host and SNI stay those of the name, so the certificate is checked against it. Plain http is
    for the networks in `allowed` only.
    """

    def __init__(self, *, allowed: Iterable[str], seconds: float) -> None:
        """All it sends and receives takes `seconds` at most, from now."""
        self._allowed = tuple(ip_network(text) for text in allowed)
        super().__init__(verify=_trusted())
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_trusted(),
            max_keepalive_connections=0,
            network_backend=BoundedBackend(until=time.monotonic() + seconds),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; raises `NotReached`, permanently for an address that is refused."""
        url = request.url
        if url.scheme not in _PORTS or not url.host:
            raise NotReached(f"Only an https:// address is reached, not “{url}”.", permanent=True)
        host = url.raw_host.decode("ascii")
        *others, last = self._checked(host, url.port or _PORTS[url.scheme], scheme=url.scheme)
        for address in others:
            with suppress(httpx2.ConnectError, httpx2.ConnectTimeout):
                return super().handle_request(_pinned(request, host=host, address=address))
        return super().handle_request(_pinned(request, host=host, address=last))

    def _checked(self, host: str, port: int, *, scheme: str) -> list[Address]:
        addresses = _resolved(host, port)
        for address in addresses:
            inside = _is_in(address, self._allowed)
            if not inside and not is_public(address):
                raise NotReached(
                    f"{host} leads to {address}, which is not a public address. To allow it, add "
                    "its network to WEBHOOK_ALLOWED_NETWORKS.",
                    permanent=True,
                )
            if not inside and scheme != "https":
                raise NotReached(
                    f"{host} must be reached by https://, not http://.", permanent=True
                )
        return addresses


def is_allowed(address: Address) -> bool:
    """Whether it is public, or in a network of WEBHOOK_ALLOWED_NETWORKS."""
    allowed = tuple(ip_network(text) for text in settings.WEBHOOK_ALLOWED_NETWORKS)
    return is_public(address) or _is_in(address, allowed)


def is_public(address: Address) -> bool:
    """Whether an address is on the public internet, whatever form it is written in."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    return address.is_global and not address.is_multicast and not _is_in(address, _CARRIERS)


def _pinned(request: httpx2.Request, *, host: str, address: Address) -> httpx2.Request:
    """The same request, to be sent to this very address; Host and SNI still name the host."""
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """The certificates we trust; SSL_CERT_FILE names more. Reading them takes a while."""
    return httpx2.create_ssl_context()


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return any((mapped or address) in network for network in networks)


def _resolved(host: str, port: int) -> list[Address]:
    """Every address of a name, as the resolver orders them; raises `NotReached`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached(f"The name {host} was not found: {error}.") from error
    texts = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)
    return [ip_address(text) for text in texts]
