"""Standings: how what an event happened to stands now, asked when a message is sent.

The composition root names who knows (`STANDINGS`), for incidents and changes stand above the
ledger. What is not known there has no standing, and its messages tell of the event alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Standing:
    """How one incident stands: `state` as people say it, `over` where nobody need be paged."""

    ref: str
    title: str
    state: str
    severity: int
    service: str
    commander: str = ""
    over: bool = False


Reader = Callable[[str], Standing | None]


def of(ref: str) -> Standing | None:
    """How the subject stands now; None where nobody keeps such a thing."""
    reader = _readers().get(ref.partition("-")[0])
    return reader(ref) if reader else None


@lru_cache
def _readers() -> Mapping[str, Reader]:
    readers: Mapping[str, Reader] = import_string(settings.STANDINGS)
    return readers
