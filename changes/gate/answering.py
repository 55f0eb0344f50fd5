"""The answer that facts come to, and the permit that goes with it."""

from datetime import UTC, datetime
from secrets import token_hex

from changes import permits
from changes.gate.deciding import Permitted
from changes.gate.rulings import CLOCKS_DIFFER_BY, Ruling
from changes.gate.words import Answer, Question
from changes.permits import Permit
from changes.policies import Facts
from changes.policies.overridden import OVERRIDDEN
from ledger.decision import Reason
from ledger.keys import SealedKey


def answered(
    question: Question,
    facts: Facts,
    ruling: Ruling,
    *,
    now: datetime,
    key: SealedKey | None,
) -> tuple[Answer, Permitted | None]:
    """What the rules come to, and where that is to allow, the permit that is yet to be signed."""
    identity = _new_id(now)
    said, shut_at = ruling
    permitted, expires_at = None, None
    if shut_at is not None:
        holds_until = min(now + permits.LONGEST + CLOCKS_DIFFER_BY, shut_at)
        permit = _permit(identity, question, facts, said.warnings, now=now, until=holds_until)
        permitted = Permitted(permit, permits.key_pair(key, now=now), now, holds_until)
        expires_at = permit.expires_at
    answer = Answer(
        id=identity,
        decision=said.word,
        reasons=said.reasons,
        warnings=said.warnings,
        change=facts.ref,
        next_allowed_at=said.next_allowed_at,
        retry_after=said.retry_after,
        permit="",
        expires_at=expires_at,
        would_have=said.would_have,
        says=said.says,
    )
    return answer, permitted


def _new_id(now: datetime) -> str:
    """A UUID of version 7 (RFC 9562): those of one time lie side by side in the index."""
    time, chance = f"{int(now.timestamp() * 1000):012x}", token_hex(9)
    return f"{time[:8]}-{time[8:]}-7{chance[:3]}-8{chance[3:6]}-{chance[6:]}"


def _permit(
    identity: str,
    question: Question,
    facts: Facts,
    warnings: tuple[Reason, ...],
    *,
    now: datetime,
    until: datetime,
) -> Permit:
    """Good for what was approved, while the plan and the calendar allow it, at most `LONGEST`."""
    issued = now.astimezone(UTC).replace(
        microsecond=0
    )  # An hour is an hour, whatever the clocks do
    return Permit(
        id=identity,
        change=facts.ref,
        service=question.service,
        environment=question.environment,
        revision=question.revision or facts.revision,
        artifact=question.artifact or facts.artifact,
        issued_at=issued,
        expires_at=min(issued + permits.LONGEST, until).replace(microsecond=0),
        overrides=tuple(one.message for one in warnings if one.code == OVERRIDDEN),
    )
