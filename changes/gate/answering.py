"""The answer that facts come to, and the permit that goes with it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from secrets import token_hex

from changes import permits
from changes.gate import turns
from changes.gate.deciding import Permitted
from changes.gate.verdict import verdict
from changes.gate.words import Answer, Question
from changes.permits import Permit
from changes.policies import Facts, periods
from changes.policies.overridden import OVERRIDDEN
from ledger.decision import Reason
from ledger.keys import SealedKey

CLOCKS_DIFFER_BY = timedelta(minutes=5)  # those of servers that answer the same run


def answered(
    question: Question,
    facts: Facts,
    refused: tuple[Reason, ...],
    *,
    now: datetime,
    key: SealedKey | None,
) -> tuple[Answer, Permitted | None]:
    """What the rules come to, and where that is to allow, the permit that is yet to be signed."""
    identity = _new_id(now)
    said = verdict(question, facts, refused, now=now)
    permitted, expires_at = None, None
    if said.word == "allow":
        holds_until = min(shuts(facts, now=now, before=now + permits.LONGEST + CLOCKS_DIFFER_BY))
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


def shuts(facts: Facts, *, now: datetime, before: datetime) -> Iterator[datetime]:
    """When the planned period, the calendar's opening, and the time free of denials end.

    Where room is short, also when it is no longer kept. `before` is the last of them.
    """
    yield before
    if facts.room is not None:
        yield now + turns.ROOM_IS_KEPT
    if facts.planned is not None:
        yield facts.planned.ends_at
    yield from periods.shuts(facts, now=now, before=before)
    if facts.custom_rules is not None:
        yield from facts.custom_rules.shuts(facts, now=now, before=before)
