"""The plan as a page shows it: sections, and what changed since it was last approved. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from changes.models import Change, PlanVersion, Vote
from changes.queries.plans import TEXTS, differences
from changes.shown.wording import Piece, compared
from changes.shown.words import INSTANTS, label_of, spoken

SECTIONS: Final = ("implementation_plan", "test_plan", "rollback_plan", "monitoring_plan")
ABOUT: Final = ("description", "justification", "impact_analysis")


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
    """`since` says whose approval the comparison starts from, empty when nothing changed since."""

    about: list[Section]
    sections: list[Section]
    changed: list[FieldChange] = field(default_factory=list)
    since: str = ""


def plan(
    change: Change, votes: Sequence[Vote], versions: Sequence[PlanVersion], *, reader: str
) -> Plan:
    """The plan, compared with the one the reader last approved, else with the last approved one."""
    then, who = _approved(votes, versions, reader=reader)
    now = versions[-1].fields if versions else {}
    found = differences(dict(then), now) if then is not None else []
    changed = {one.name for one in found}
    before = then or {}
    return Plan(
        about=[_section(name, change, before, changed) for name in ABOUT],
        sections=[_section(name, change, before, changed) for name in SECTIONS],
        changed=[_short(one.name, before, now) for one in found if one.name not in TEXTS],
        since=who if found else "",
    )


def _approved(
    votes: Sequence[Vote], versions: Sequence[PlanVersion], *, reader: str
) -> tuple[Mapping[str, Any] | None, str]:
    """The plan last approved, and `you` or who approved it."""
    approvals = [vote for vote in votes if vote.decision == Vote.Word.APPROVE]
    own = [vote for vote in approvals if vote.voter.username == reader]
    for vote in (own or approvals)[-1:]:
        for version in reversed(versions):
            if version.digest == vote.plan_digest:
                return version.fields, "you" if own else vote.voter.label
    return None, ""


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
