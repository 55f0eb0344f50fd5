"""Rules about saying what a change has to do with an incident. Pure.

# Note [What an incident is held against]
Whoever answers an incident says which changes it came from: `suspect`, then `caused` or
`dismissed`. A change that started after the incident began cannot have caused it, and is never
linked so, nor counted so. Where nobody has named a cause yet, a SEV-1 or SEV-2 is held against the
changes that started on its service within a day before, but for those that were dismissed; once a
cause is named, against that alone. The risk of the next change, its template and the simulator
count so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from changes.policies.reasons import moment
from ledger.decision import Decision, Reason

CAUSES = frozenset({"suspect", "caused", "dismissed"})
REMEDIES = frozenset({"fixes", "mitigated_by"})
FOLLOWS_WITHIN = timedelta(hours=24)
"""An incident so soon after a change counts against it, where nobody has said what caused it."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is said by whom: `responds` answers the incident, `reports` may suspect for it.

    `answers` where the change answers this very incident. `began_at` is when the incident began,
    `started_at` when the change did; None before it has.
    """

    relation: str
    incident: str
    change: str
    began_at: datetime
    started_at: datetime | None
    username: str
    answers: bool = False
    responds: bool = False
    reports: bool = False
    is_active: bool = True
    is_robot: bool = False
    is_auditor: bool = False


def may_link(case: Case) -> Decision:
    """Whether it may be said, with every objection."""
    return Decision("link", (*_by(case), *_before_it_began(case)))


def _by(case: Case) -> Iterator[Reason]:
    if not case.is_active:
        yield Reason(
            "not_permitted",
            f"{case.username} is no longer active.",
            "Ask somebody else.",
            source="people",
        )
    elif case.is_auditor:
        yield Reason(
            "not_permitted",
            "Auditors read everything and change nothing.",
            "Ask somebody outside the Auditors group.",
            source="people",
        )
    elif case.is_robot and case.relation != "suspect":
        yield Reason(
            "not_permitted",
            "A robot may suspect a change, and no more: a person decides.",
            "Send relation “suspect”.",
            source="people",
        )
    elif not (case.responds or (case.reports and case.relation == "suspect")):
        yield Reason(
            "not_permitted",
            f"Only who answers {case.incident} may say this.",
            "Ask its commander, whoever is on call, the CAB or a member of the owner team.",
            source="people",
        )


def _before_it_began(case: Case) -> Iterator[Reason]:
    if case.relation not in ("suspect", "caused"):
        return
    if case.answers:
        yield Reason(
            "answers_it",
            f"{case.change} answers {case.incident}: it cannot have caused it.",
            "Link it as “fixes” or “mitigated_by”.",
            source=case.change,
        )
    elif case.started_at is None:
        yield Reason(
            "not_started",
            f"{case.change} has not started: it cannot have caused {case.incident}.",
            "Look at what ran before, or link it as “fixes”.",
            source=case.change,
        )
    elif case.started_at > case.began_at:
        yield Reason(
            "started_after_onset",
            f"{case.change} started {moment(case.started_at)}, after {case.incident} began "
            f"({moment(case.began_at)}): it cannot have caused it.",
            "Look at what started before.",
            source=case.change,
        )
