"""Connections that end at an instant, however often a byte of theirs arrives."""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore2
from httpcore2._backends.base import NetworkStream  # exported as a type only


class BoundedBackend(httpcore2.NetworkBackend):
    """Every wait of its connections ends at `until` (seconds, monotonic) at the latest.

    The time-outs of a client count from byte to byte: who sends one every few seconds would hold a
    worker for ever.
    """

    def __init__(self, *, until: float) -> None:
        self._until = until
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        stream = self._inner.connect_tcp(
            host, port, _left(timeout, self._until), local_address, socket_options
        )
        return _BoundedStream(stream, until=self._until)


class _BoundedStream(NetworkStream):
    def __init__(self, inner: NetworkStream, *, until: float) -> None:
        self._inner = inner
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, self._until))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> NetworkStream:
        left = _left(timeout, self._until)
        inner = self._inner.start_tls(ssl_context, server_hostname, left)
        return _BoundedStream(inner, until=self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(timeout: float | None, until: float) -> float:
    """How long a wait may last; raises `ReadTimeout` where the time is up."""
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("it took too long as a whole")
    return left if timeout is None else min(timeout, left)
