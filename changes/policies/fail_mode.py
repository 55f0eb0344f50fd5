"""What a client may do when it cannot reach the gate. Pure.

# Note [When a client may go on without the gate]
A client denies unless it holds, signed and not expired, that its environment allows. That is never
signed into a freeze, for a client without the gate cannot know of one: none is given while a freeze
holds, and none outlives the start of the next. Nor where the environment is closed by default, for
whether a maintenance window opens it is the gate's to say. Production allows only services of tier
3 and 4, and only until an instant somebody chose, 30 days ahead at most: nobody finds, years later,
that it had been open all the time. An incident that is declared meanwhile reaches no such client;
so what it was told lasts a day at most, and as short as its row says.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from changes.policies.reasons import moment

PRODUCTION = "production"
LONGEST = timedelta(days=1)
SHORTEST = timedelta(minutes=5)
PRODUCTION_AT_MOST = timedelta(days=30)
LEAST_TIER_IN_PRODUCTION = 3


@dataclass(frozen=True, slots=True)
class FailFacts:
    """What an environment says, and what is known of the place. Instants are aware.

    `frozen_by` names the freeze that holds, or is empty; `next_freeze_at` when one begins within
    the time that is looked at.
    """

    service: str
    tier: int
    environment: str
    is_open: bool
    mode: str
    reason: str
    allow_until: datetime | None
    lasts: timedelta
    frozen_by: str = ""
    next_freeze_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FailPolicy:
    """`allow` or `deny`, why, and how long a client may go by it."""

    mode: str
    reason: str
    expires_at: datetime


def judge(facts: FailFacts, *, now: datetime) -> FailPolicy:
    """What a client in this place is told; see Note [When a client may go on without the gate]."""
    expires = now + min(facts.lasts, LONGEST)
    objection = _objection(facts, now=now)
    if objection:
        return FailPolicy("deny", objection, expires)
    ends = (expires, facts.allow_until, facts.next_freeze_at)
    return FailPolicy("allow", facts.reason, min(end for end in ends if end is not None))


def _objection(facts: FailFacts, *, now: datetime) -> str:
    """Why it is not `allow`; empty where it is."""
    place = facts.environment
    if facts.mode != "allow":
        return facts.reason or f"Nothing is deployed to {place} without the gate's word."
    if facts.allow_until is not None and facts.allow_until <= now:
        return f"That {place} allows ended {moment(facts.allow_until, now=now)}."
    if not facts.is_open:
        return f"{place} is closed unless a maintenance window opens it, which only the gate knows."
    if place == PRODUCTION and facts.allow_until is None:
        return f"{place} allows only until an instant that was chosen, and none was."
    if place == PRODUCTION and facts.tier < LEAST_TIER_IN_PRODUCTION:
        return f"{facts.service} is of tier {facts.tier}, for which {place} never allows."
    if facts.frozen_by:
        return f"A freeze holds: {facts.frozen_by}."
    return ""
