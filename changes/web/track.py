"""The lifecycle of one change as a track. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from changes.models import Change
from changes.policies.approvals import RETROACTIVE_WITHIN
from changes.states import State

ORDER: Final = (
    State.PLANNING,
    State.AWAITING_APPROVAL,
    State.SCHEDULED,
    State.IMPLEMENTING,
    State.VALIDATING,
    State.CLOSED,
)
WORDS: Final = ("Plan", "Approval", "Scheduled", "Implement", "Validate", "Closed")


@dataclass(frozen=True, slots=True)
class Step:
    """`state` is done, now, next or never; `tone` colours a step that ended badly."""

    label: str
    state: str
    at: datetime | None = None
    by: str = ""
    note: str = ""
    tone: str = ""


def track(change: Change, *, votes: str, takes_back: str = "") -> list[Step]:
    """Six steps with their times and people. `votes` is `2 of 4 votes`, or empty.

    `takes_back` is the ref of the change that this one takes back.
    """
    agreed = votes or (f"agreed with {takes_back}" if takes_back else "by its template")
    if change.state == State.CANCELLED:
        return _cancelled(change, agreed=agreed)
    here = ORDER.index(State(change.state))
    details = _details(change, votes=votes, agreed=agreed)
    return [Step(word, _standing(place, here), *details[place]) for place, word in enumerate(WORDS)]


def _standing(place: int, here: int) -> str:
    if place < here or here == len(ORDER) - 1:
        return "done"
    return "now" if place == here else "next"


def _details(
    change: Change, *, votes: str, agreed: str
) -> list[tuple[datetime | None, str, str, str]]:
    """(at, by, note, tone) of each step."""
    late = change.planned_start_at if change.started_at is None else change.approved_at
    rolled_back = change.rolled_back_at is not None
    return [
        (change.created_at, change.author.label, f"version {change.plan_version}", ""),
        _approval(change, votes=votes, agreed=agreed),
        (late, "", "planned start" if late and change.started_at is None else "", ""),
        (change.started_at, _name(change.started_by), "", ""),
        (
            change.rolled_back_at or change.finished_at,
            "",
            "rolled back" if rolled_back else "",
            "stop" if rolled_back else "",
        ),
        (
            change.ended_at,
            _name(change.ended_by) or ("Tidegate" if change.ended_at else ""),
            change.get_outcome_display().lower(),
            _end(change),
        ),
    ]


def _approval(change: Change, *, votes: str, agreed: str) -> tuple[datetime | None, str, str, str]:
    if change.broke_glass_at:
        if change.retroactively_approved_at:
            return change.retroactively_approved_at, "", "glass broken, approved afterwards", "wait"
        due = change.broke_glass_at + RETROACTIVE_WITHIN
        return due, _name(change.broke_glass_by), "glass broken, votes due", "stop"
    if change.approved_at:
        return change.approved_at, "", agreed, ""
    if change.submitted_at:
        return change.submitted_at, "", f"asked, {votes}" if votes else "asked", ""
    return None, "", "", ""


def _cancelled(change: Change, *, agreed: str) -> list[Step]:
    """How far it came, and where it ended."""
    reached = 2 if change.approved_at else 1 if change.submitted_at else 0
    details = _details(change, votes="", agreed=agreed)
    steps = [
        Step(word, "done", *details[place]) if place <= reached else Step(word, "never")
        for place, word in enumerate(WORDS[:-1])
    ]
    end = Step("Cancelled", "now", change.ended_at, _name(change.ended_by), tone="off")
    return [*steps, end]


def _end(change: Change) -> str:
    return {"failed": "stop", "rolled_back": "stop", "successful_with_issues": "wait"}.get(
        change.outcome, ""
    )


def _name(user: object) -> str:
    return str(getattr(user, "label", ""))
