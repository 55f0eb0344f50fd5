"""The TCP connections of this process as Linux sees them: who waits for an answer, and since when.

Elsewhere there are none to see, and nothing is closed.
"""

import os
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

FILES = Path("/proc/self/fd")
TCP_INFO_BYTES = 136
LAST_SENT, LAST_RECEIVED, BYTES_ACKNOWLEDGED = 44, 52, 120  # offsets in `struct tcp_info`


@dataclass(frozen=True, slots=True)
class Seen:
    """What the kernel knows of a connection; a new one was “sent” something when it was made."""

    sent_ms_ago: int
    received_ms_ago: int
    never_sent: bool

    @property
    def is_unanswered(self) -> bool:
        return self.never_sent or self.received_ms_ago < self.sent_ms_ago


def unanswered(*, seconds: float) -> list[socket.socket]:
    """The connections that received something and were sent nothing since, for so long.

    They are copies: closing one leaves the connection as it is.
    """
    found = []
    for connection in _accepted():
        seen = _seen(connection)
        if seen.is_unanswered and seen.sent_ms_ago >= seconds * 1000:
            found.append(connection)
        else:
            connection.close()
    return found


def close_answered(connections: Iterable[socket.socket], *, seconds: float) -> None:
    """End those that were sent something within so many seconds; let go of the others."""
    for connection in connections:
        with connection, suppress(OSError):
            if _seen(connection).sent_ms_ago <= seconds * 1000:
                connection.shutdown(socket.SHUT_RDWR)


def _accepted() -> Iterable[socket.socket]:
    """A copy of every connected TCP socket of this process."""
    for name in os.listdir(FILES) if FILES.is_dir() else ():
        with suppress(OSError):
            if not os.readlink(FILES / name).startswith("socket:"):
                continue
            connection = socket.socket(fileno=os.dup(int(name)))
            try:
                connection.getpeername()
                is_tcp = connection.family in (socket.AF_INET, socket.AF_INET6)
            except OSError:
                is_tcp = False
            if is_tcp and connection.type == socket.SOCK_STREAM:
                yield connection
            else:
                connection.close()


def _seen(connection: socket.socket) -> Seen:
    told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
    return Seen(
        sent_ms_ago=struct.unpack_from("=I", told, LAST_SENT)[0],
        received_ms_ago=struct.unpack_from("=I", told, LAST_RECEIVED)[0],
        never_sent=struct.unpack_from("=Q", told, BYTES_ACKNOWLEDGED)[0] == 0,
    )
