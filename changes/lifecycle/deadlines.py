"""What is due about votes: when those asked are reminded, and whom it escalates to then."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from changes.models import ApprovalDeadline, Requirement, VoteDue
from changes.policies.facts import Need


class Known(NamedTuple):
    """The deadlines in force, by the name of a rule and by authority."""

    of_rule: Mapping[str, ApprovalDeadline]
    of_authority: Mapping[str, ApprovalDeadline]

    def of(self, *, rule: str, authority: str) -> ApprovalDeadline | None:
        """The one that holds; a rule's own goes before."""
        return self.of_rule.get(rule) or self.of_authority.get(authority)


def known() -> Known:
    """The deadlines in force; one statement."""
    rows = list(ApprovalDeadline.objects.filter(is_active=True).select_related("rule"))
    return Known(
        {row.rule.name: row for row in rows if row.rule},
        {row.authority: row for row in rows if not row.rule},
    )


def following(need: Need, known: Known) -> dict[str, str]:
    """Whom a requirement would escalate to, as its columns."""
    found = known.of(rule=need.rule, authority=str(need.authority))
    if found is None or found.escalate_after is None:
        return {}
    if (found.next_authority, found.next_group) == (str(need.authority), need.group):
        return {}
    return {"next_authority": found.next_authority, "next_group": found.next_group}


def keep(rows: Sequence[Requirement], known: Known, *, now: datetime) -> None:
    """Write down what is due about requirements that have just been asked; one statement."""
    dues = [due for row in rows for due in _dues(row, known, now)]
    if dues:
        VoteDue.objects.bulk_create(dues)


def _dues(row: Requirement, known: Known, now: datetime) -> Iterator[VoteDue]:
    found = known.of(rule=row.rule, authority=row.authority)
    if found is None:
        return
    remind = now + found.remind_after
    yield VoteDue(requirement=row, act=VoteDue.Act.REMIND, due_at=remind)
    if found.escalate_after is not None and row.next_authority:
        escalate = now + found.escalate_after
        yield VoteDue(requirement=row, act=VoteDue.Act.ESCALATE, due_at=escalate)
