"""Conflicts as people read them: changes whose times and places meet, by level, grouped. Pure.

What is hard and what is soft: see Note [Hard and soft] in `changes.policies.rivals`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from changes.policies.reasons import listed
from changes.states import Kind
from changes.windows import Interval


class Why(StrEnum):
    """How another change meets this one; the first that holds is the one people are told."""

    SAME_SERVICE = "same_service"
    ENVIRONMENT = "environment"
    ELSEWHERE = "elsewhere"
    ALSO_AFFECTS = "also_affects"
    NEEDS = "needs"
    NEEDED_BY = "needed_by"
    IMPLEMENTER = "implementer"


ORDER = {why: number for number, why in enumerate(Why)}
NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Met:
    """Another change that is scheduled or running in the planned period of this one.

    `why` is never empty. `service` is the one both meet on: its own, or one it also affects.
    """

    ref: str
    title: str
    kind: Kind
    state: str
    service: str
    environment: str
    planned: Interval
    by: str
    by_label: str
    why: tuple[Why, ...]
    is_hard: bool = False

    @property
    def level(self) -> str:
        """`hard` or `soft`."""
        return "hard" if self.is_hard else "soft"


@dataclass(frozen=True, slots=True)
class Group:
    """Conflicts of one kind on one service: a sentence that counts them, and the changes."""

    words: str
    is_hard: bool
    changes: tuple[Met, ...]


def is_hard(*, kind: str, other: str, why: Iterable[str], one_at_a_time: str) -> bool:
    """Whether two changes exclude each other; see Note [Hard and soft]."""
    if kind != Kind.NORMAL or other != Kind.NORMAL:
        return False
    return {
        "service": Why.SAME_SERVICE in why,
        "environment": Why.ENVIRONMENT in why or Why.SAME_SERVICE in why,
    }.get(one_at_a_time, False)


def grouped(found: Iterable[Met], *, service: str, environment: str) -> list[Group]:
    """The conflicts of a change of `service`, hard ones first, one sentence for each group."""

    def key(one: Met) -> tuple[bool, int, str]:
        why = min(one.why, key=ORDER.__getitem__)
        place = one.by if why is Why.IMPLEMENTER else one.service
        return (not one.is_hard, ORDER[why], place)

    ordered = sorted(found, key=lambda one: (key(one), one.planned, one.ref))
    return [
        _group(list(ones), why=list(Why)[number], service=service, environment=environment)
        for (_, number, _), ones in groupby(ordered, key=key)
    ]


def named(refs: Sequence[str]) -> str:
    """`CHG-7, CHG-9 and 3 more`"""
    more = len(refs) - NAMED_AT_MOST
    return listed([*refs[:NAMED_AT_MOST], f"{more} more"] if more > 0 else refs)


def _group(found: list[Met], *, why: Why, service: str, environment: str) -> Group:
    first = found[0]
    count = "1 change" if len(found) == 1 else f"{len(found)} changes"
    words = {
        Why.SAME_SERVICE: f"{count} on {first.service} in {environment}",
        Why.ENVIRONMENT: f"{count} in {environment}, which takes one at a time",
        Why.ELSEWHERE: f"{count} on {first.service} in another environment",
        Why.ALSO_AFFECTS: f"{count} touching {first.service} as well",
        Why.NEEDS: f"{count} on {first.service}, which {service} depends on",
        Why.NEEDED_BY: f"{count} on {first.service}, which depends on {service}",
        Why.IMPLEMENTER: f"{count} that {first.by_label} implements at the same time",
    }[why]
    return Group(words, first.is_hard, tuple(found))
