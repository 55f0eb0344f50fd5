"""Vendors: how the messages of each kind of tool are proved and told apart, and who reads them.

The composition root names them all (`INBOX_VENDORS`), for readers stand above the ledger.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from ledger.models import Message

Headers = Mapping[str, str]
"""Looked up by name as HTTP does, in whatever case."""
Signed = Callable[[bytes, Headers, bytes, datetime], bool]
"""Whether a secret signed these headers and this body, around an instant where it tells one."""
Reader = Callable[[Message, datetime], None]
"""Reads one message at an instant, inside a transaction of its own. Raises `Unreadable` for what
will never be understood; after anything else it is tried again, so it must do no harm twice."""


USUAL_BODY: Final = 512_000
LARGE_BODY: Final = 8_000_000
"""Bytes: what a tool may send that groups alerts as it likes, and sends nothing twice."""


class Proof(StrEnum):
    """How a sender shows that it is the source; either way where the tool may be set up both ways.

    Of either, a signature that is there is looked at, and nothing else.
    """

    KEY = "key"
    SIGNATURE = "signature"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Named:
    """What is told of a message before it is read: its topic, its vendor's number for it (or ""),
    and what it must stay in order with (or "")."""

    topic: str
    delivery_id: str = ""
    in_order: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """How one kind of tool speaks to us.

    A topic nobody reads is answered, and not kept. `keeps` are the headers kept beside the
    body. `busy_status` is what a flood is answered, `longest_body` what is refused (413) beyond
    it. `signed` tells whether a secret signed the body, and `signature` in which header. `key`
    makes a key where the tool takes no other shape than its own.
    """

    word: str
    label: str
    named: Callable[[Headers, bytes], Named]
    readers: Mapping[str, Reader]
    proof: Proof = Proof.KEY
    signed: Signed | None = None
    signature: str = ""
    key: Callable[[], str] | None = None
    keeps: tuple[str, ...] = ()
    busy_status: int = 429
    longest_body: int = USUAL_BODY


def known() -> Mapping[str, Vendor]:
    """Every vendor by its word."""
    return _named_at(settings.INBOX_VENDORS)


@lru_cache
def _named_at(place: str) -> Mapping[str, Vendor]:
    vendors: tuple[Vendor, ...] = import_string(place)
    return {one.word: one for one in vendors}
