"""Whom a change needs: authorities, and how many people with each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from changes.policies.reasons import either


class Authority(StrEnum):
    """On whose behalf a person approves."""

    PEER = "peer"
    SERVICE_OWNER = "service_owner"
    CAB = "cab"
    CHANGE_MANAGER = "change_manager"
    ECAB = "ecab"
    GROUP = "group"
    PEOPLE = "people"


AUTHORITY_WORDS = {
    Authority.PEER: "a peer of the owner team",
    Authority.SERVICE_OWNER: "the service owner",
    Authority.CAB: "the CAB",
    Authority.CHANGE_MANAGER: "a change manager",
    Authority.ECAB: "the emergency CAB",
    Authority.GROUP: "a named group",
    Authority.PEOPLE: "somebody of a list",
}


@dataclass(frozen=True, slots=True)
class Need:
    """A requirement: `count` distinct people with `authority`; `rule` names the row that asks.

    `group` or `people` (usernames) say which, where the authority does not. A `percent` becomes a
    count when it is known how many hold the authority. Those of a later `stage` are asked when the
    earlier ones are filled. `also` may fill it too, since it escalated.
    """

    authority: Authority
    count: int
    rule: str
    stage: int = 1
    group: str = ""
    people: frozenset[str] = frozenset()
    percent: int | None = None
    also: "Need | None" = None

    @property
    def keys(self) -> frozenset[str]:
        """The keys of which any fills it."""
        return frozenset({self.key, self.also.key} if self.also else {self.key})

    @property
    def key(self) -> str:
        """What a vote says its voter holds: `cab`, `group:DBA`, `people:Either of the founders`."""
        if self.authority is Authority.GROUP:
            return f"group:{self.group}"
        return f"people:{self.rule}" if self.authority is Authority.PEOPLE else str(self.authority)

    @property
    def asks(self) -> str:
        """Everybody it asks by now: `the CAB or a change manager`."""
        return f"{self.who} or {self.also.who}" if self.also else self.who

    @property
    def who(self) -> str:
        """Whom it asks for, inside a sentence: `the CAB`, `the group DBA`, `ada or linus`."""
        if self.authority is Authority.GROUP:
            return f"the group {self.group}"
        if self.authority is Authority.PEOPLE:
            return either(sorted(self.people))
        return AUTHORITY_WORDS[self.authority]


def keys_of(needs: Iterable[Need]) -> frozenset[str]:
    """Everything of which any fills one of these."""
    return frozenset(key for need in needs for key in need.keys)


def every(needs: Iterable[Need]) -> Iterator[Need]:
    """These needs and, after each, what may fill it too."""
    for need in needs:
        yield need
        if need.also is not None:
            yield need.also


def among(need: Need, people: Mapping[str, Iterable[str]]) -> list[str]:
    """By name, those of `people`, told by key, who could fill it."""
    return sorted({name for key in need.keys for name in people.get(key, ())})
