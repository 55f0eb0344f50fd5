"""The plan as a page shows it: sections, and what changed since it was last approved. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from changes.models import Change, PlanVersion, Vote
from changes.queries.plans import TEXTS, differences
from changes.shown.wording import Piece, compared
from changes.shown.words import INSTANTS, label_of, spoken

SECTIONS: Final = ("implementation_plan", "test_plan", "rollback_plan", "monitoring_plan")
DID: Final = {"approve": "approved it", "reject": "rejected it", "abstain": "abstained"}
ABOUT: Final = ("description", "justification", "impact_analysis", "security_impact")


@dataclass(frozen=True, slots=True)
class Section:
    """One text of the plan; `diff` is empty where it has not changed."""

    name: str
    label: str
    text: str
    diff: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A short field, before and after; `instant` when both are RFC 3339 times."""

    label: str
    before: str
    after: str
    instant: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """`since` says what the comparison starts from, such as `you approved it`; empty when nothing
    changed since. It is `own` where the reader voted then.
    """

    about: list[Section]
    sections: list[Section]
    changed: list[FieldChange] = field(default_factory=list)
    since: str = ""
    own: bool = False


def plan(
    change: Change,
    votes: Sequence[Vote],
    versions: Sequence[PlanVersion],
    *,
    reader: str,
    seen: str = "",
) -> Plan:
    """The plan, compared with the one of digest `seen`, where it is another; else with the one the
    reader last voted on; else with the one last approved.
    """
    then, who, own = _earlier(change, votes, versions, reader=reader, seen=seen)
    now = versions[-1].fields if versions else {}
    found = differences(dict(then), now) if then is not None else []
    changed = {one.name for one in found}
    before = then or {}
    return Plan(
        about=[_section(name, change, before, changed) for name in ABOUT],
        sections=[_section(name, change, before, changed) for name in SECTIONS],
        changed=[_short(one.name, before, now) for one in found if one.name not in TEXTS],
        since=who if found else "",
        own=own,
    )


Earlier = tuple[Mapping[str, Any] | None, str, bool]


def _earlier(
    change: Change,
    votes: Sequence[Vote],
    versions: Sequence[PlanVersion],
    *,
    reader: str,
    seen: str,
) -> Earlier:
    """The plan to compare with, what happened to it, and whether the reader voted on it."""
    by_digest = {version.digest: version.fields for version in versions}
    if seen != change.plan_digest and seen in by_digest:
        return by_digest[seen], "you last saw it", False
    mine = [vote for vote in votes if vote.voter.username == reader]
    approvals = [vote for vote in votes if vote.decision == Vote.Word.APPROVE]
    for vote in (mine or approvals)[-1:]:
        if vote.plan_digest in by_digest:
            who = "you" if mine else vote.voter.label
            return by_digest[vote.plan_digest], f"{who} {DID[vote.decision]}", bool(mine)
    return None, "", False


def _section(name: str, change: Change, before: Mapping[str, Any], changed: set[str]) -> Section:
    text = getattr(change, name)
    diff = compared(str(before.get(name) or ""), text) if name in changed else ()
    return Section(name, label_of(name), text, diff)


def _short(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> FieldChange:
    return FieldChange(
        label_of(name),
        spoken(name, before.get(name)),
        spoken(name, after.get(name)),
        instant=name in INSTANTS,
    )
