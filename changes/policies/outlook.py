"""When time alone lets a verb through, and what is said where it never does."""

from dataclasses import dataclass, replace
from datetime import datetime

from changes import windows
from changes.policies.facts import Facts
from changes.policies.rivals import WAITED_FOR
from changes.policies.verbs import may
from changes.states import State
from ledger.decision import Decision

CALENDAR_CODES = frozenset({"freeze_active", "outside_maintenance_window"})


@dataclass(frozen=True, slots=True)
class Outlook:
    """The first instant at which nothing objects; None where somebody has to act first.

    `says` is a sentence where the calendar itself opens at no instant within `windows.HORIZON`,
    and "" otherwise.
    """

    at: datetime | None
    says: str = ""


def outlook(verb: str, facts: Facts, *, now: datetime, said: Decision | None = None) -> Outlook:
    """Look ahead from `now`: every objection is waited for, and all are asked again then.

    Each `until` is the first instant at which its objection ends, so nothing opens before the last
    of them. `said` is the Decision at `now`, where it is known already.
    """
    instant, decision = now, said or may(verb, facts, now=now)
    while instant <= now + windows.HORIZON:
        reasons = decision.reasons
        if not reasons:
            return Outlook(instant)
        endless = [reason for reason in reasons if reason.until is None]
        if endless:
            shut = any(reason.code in CALENDAR_CODES for reason in endless)
            return Outlook(None, _never(now) if shut else "")
        latest = max(reason.until for reason in reasons if reason.until is not None)
        if latest <= instant:
            return Outlook(None)
        instant, decision = latest, may(verb, facts, now=latest)
    return Outlook(None, _never(now))


def next_allowed_at(verb: str, facts: Facts, *, now: datetime) -> datetime | None:
    """The first instant from `now` on at which time alone lets `verb` through.

    None when time alone never does, or not within `windows.HORIZON`.
    """
    return outlook(verb, facts, now=now).at


def settles_by_itself(decision: Decision, facts: Facts, *, now: datetime) -> bool:
    """Whether every objection ends with nothing to be edited: by time, a pending vote, or others.

    Others are those that hold the place or the environment's room; see `rivals.WAITED_FOR`.
    """
    votes = [reason for reason in decision.reasons if reason.code == "approvals_missing"]
    if votes and facts.state is not State.AWAITING_APPROVAL:
        return False
    timed = [
        reason
        for reason in decision.reasons
        if reason not in votes and not (reason.until is None and reason.code in WAITED_FOR)
    ]
    if any(reason.until is None for reason in timed):
        return False
    voted = replace(facts, needs=(), votes=(), rivals=(), room=None, state=State.SCHEDULED)
    return not timed or next_allowed_at(decision.verb, voted, now=now) is not None


def _never(now: datetime) -> str:
    end = now + windows.HORIZON
    return (
        f"The calendar opens at no time within {windows.HORIZON.days} days, up to "
        f"{end.day} {end:%b %Y}. Ask a change manager to shorten a freeze, to open a maintenance "
        "window, or for an override."
    )
