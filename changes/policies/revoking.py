"""Rules about taking a permit back. Pure.

# Note [A permit taken back]
A permit lets one deployment start for up to an hour. It is revoked where it may have come into
wrong hands, or where whoever asked does not want it any more. That stops this permit alone: to
stop the change, put it on hold. One that was used can be revoked too, for who verifies offline.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from changes.policies import people
from changes.policies.facts import Facts
from changes.policies.reasons import moment
from ledger.decision import Decision, Reason, in_order


@dataclass(frozen=True, slots=True)
class PermitGiven:
    """A permit as the gate gave it, and what became of it. Instants are aware."""

    id: str
    change: str
    service: str
    environment: str
    asked_by: str
    given_at: datetime
    expires_at: datetime
    revision: str = ""
    artifact: str = ""
    used_at: datetime | None = None
    used_by: str = ""
    revoked_at: datetime | None = None
    revoked_by: str = ""
    reason: str = ""

    def standing(self, *, now: datetime) -> str:
        """What it is worth: revoked, used, expired or live."""
        if self.revoked_at is not None:
            return "revoked"
        if self.used_at is not None:
            return "used"
        return "expired" if now >= self.expires_at else "live"


def may_revoke(permit: PermitGiven, facts: Facts, *, is_superuser: bool, now: datetime) -> Decision:
    """Whether whoever asks, as `facts` know them, may take the permit back at `now`."""
    reasons = [
        *people.not_by_an_auditor(facts, now),
        *_by_a_party(permit, facts, is_superuser, now),
        *_still_counts(permit, facts, now),
    ]
    return Decision("revoke", in_order(reasons))


def _by_a_party(
    permit: PermitGiven, facts: Facts, is_superuser: bool, now: datetime
) -> Iterator[Reason]:
    """Whoever asked the gate for it, a steward of its change, or an administrator."""
    asked = facts.actor.username == permit.asked_by
    if not facts.actor.is_active or not (asked or is_superuser):
        yield from people.by_steward(facts, now)


def _still_counts(permit: PermitGiven, facts: Facts, now: datetime) -> Iterator[Reason]:
    if permit.revoked_at is not None:
        yield Reason(
            "permit_revoked",
            f"{permit.revoked_by} revoked this permit "
            f"{moment(permit.revoked_at, facts.zone, now=now)}: {permit.reason}",
            "Nothing is left to do.",
            source="permit",
        )
    elif now >= permit.expires_at:
        yield Reason(
            "permit_expired",
            f"The permit expired {moment(permit.expires_at, facts.zone, now=now)}.",
            "Nothing is left to do.",
            source="permit",
        )
