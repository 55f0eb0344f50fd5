"""Conditions of a rule as a tree of frozen values, and its plain JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from changes.policies.custom.field import Field
from changes.policies.custom.kinds_of_value import Operator
from changes.policies.custom.vocabulary import FIELDS


class Joined(StrEnum):
    """How the members of a group count: all of them, any of them, none of them."""

    ALL = "all"
    ANY = "any"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Condition:
    """`field operator value`; `value` is plain JSON.

    `zone` is the IANA zone that days, dates and times are read in, "" for the owner team's.
    """

    field: str
    operator: Operator
    value: Any
    zone: str = ""

    @property
    def about(self) -> Field:
        return FIELDS[self.field]

    def as_json(self) -> dict[str, Any]:
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        plain = {"field": self.field, "operator": str(self.operator), "value": value}
        return {**plain, "zone": self.zone} if self.zone else plain


@dataclass(frozen=True, slots=True)
class Group:
    joined: Joined
    members: tuple["Node", ...]

    def as_json(self) -> dict[str, Any]:
        return {str(self.joined): [member.as_json() for member in self.members]}


Node = Condition | Group


def conditions(node: Node) -> Iterator[Condition]:
    """Every condition of a tree, in reading order."""
    if isinstance(node, Condition):
        yield node
    else:
        for member in node.members:
            yield from conditions(member)
