"""Asking the gate: gather the facts, decide, permit, and record the answer."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from secrets import token_hex

from django.db import transaction

from catalog import tokens
from catalog.models import ApiToken, User
from changes import opening, permits
from changes.gate import standing, turns
from changes.gate.beyond import refuse_beyond
from changes.gate.deciding import Decided, Permitted
from changes.gate.keeping import record_of
from changes.gate.verdict import verdict
from changes.gate.words import Answer, Question
from changes.permits import Permit
from changes.policies import Facts, people, periods
from changes.policies.overridden import OVERRIDDEN
from changes.policies.reach import EVERYWHERE, Reach
from changes.queries import facts as gathered
from changes.queries.refs import number_of
from ledger import callbacks, timeline
from ledger.decision import Reason, Refused, refuse
from ledger.keys import SealedKey


def ask(question: Question, *, actor: User, now: datetime, reach: Reach = EVERYWHERE) -> Answer:
    """Decide, and record the answer with its event in one transaction.

    One statement gathers the facts. Raises `NoSuchPlace` for an unknown service or environment,
    `NoSuchChange` for text that is no ref (an unknown change is a denial), `ValidationError` for a
    callback that cannot be called, and `Refused` for an auditor and what lies beyond `reach`.
    """
    if question.callback_url:
        callbacks.check_url(question.callback_url)
    facts, key = _facts(question, actor=actor, at=now, reach=reach)
    _refuse_auditor(facts, now=now)
    refused: tuple[Reason, ...] = ()
    if question.open_template and not facts.ref and not question.change:
        try:
            question = replace(question, change=_opened(question, actor=actor, now=now))
            facts, key = _facts(question, actor=actor, at=now, reach=reach)
        except Refused as problem:
            refused = problem.decision.reasons
    decided = _decided(question, facts, refused, actor=actor, now=now, key=key)
    if decided.record is not None:
        timeline.write(decided.record)
    return decided.answer()


def decide_as_bearer(
    question: Question, *, secret: str, reach_of: Callable[[ApiToken], Reach], now: datetime
) -> Decided:
    """`ask` for whoever bears the token of this secret, up to what is to be written and given.

    Nothing is spent on finding out who that is. `reach_of` says how far the token reaches, or
    raises where it does not open the gate. Opens no change. Raises like `ask`, and
    `tokens.TokenRefused`.
    """
    facts, token, key = gathered.at_gate_by_bearer(
        digest=tokens.digest_of(secret),
        service=question.service,
        environment=question.environment,
        change=number_of(question.change) if question.change else None,
        revision=question.revision,
        now=now,
        key_purpose=permits.PURPOSE,
    )
    tokens.demand_current(token, now=now)
    refuse_beyond(facts, reach_of(token))
    _refuse_auditor(facts, now=now)
    return _decided(question, facts, (), actor=token.user, now=now, key=key)


def _decided(
    question: Question,
    facts: Facts,
    refused: tuple[Reason, ...],
    *,
    actor: User,
    now: datetime,
    key: SealedKey | None,
) -> Decided:
    """The answer with its record, which is written already where the queue is concerned."""
    answer, permitted = _answer(question, facts, refused, now=now, key=key)
    if standing.concerns(facts, answer):
        return _in_turn(question, answer, permitted, facts, actor=actor, now=now, key=key)
    record = record_of(question, answer, actor=actor, now=now, team=facts.team)
    return Decided(answer, permitted, actor, record)


@transaction.atomic
def _in_turn(
    question: Question,
    answer: Answer,
    permitted: Permitted | None,
    facts: Facts,
    *,
    actor: User,
    now: datetime,
    key: SealedKey | None,
) -> Decided:
    """Answer whoever waits, or asks where room is short; see Note [Turns] in `standing`."""
    if facts.room is not None:
        standing.take_turns(environment=facts.environment)
        asked = replace(question, change=facts.ref)
        facts, key = _facts(asked, actor=actor, at=now, reach=EVERYWHERE)
        answer, permitted = _answer(question, facts, (), now=now, key=key)
    answer = standing.stand(question, facts, answer, actor=actor, now=now)
    timeline.write(record_of(question, answer, actor=actor, now=now, team=facts.team))
    return Decided(answer, permitted, actor, None)


def _facts(
    question: Question, *, actor: User, at: datetime, reach: Reach
) -> tuple[Facts, SealedKey | None]:
    """The facts, and the key a permit is signed with: one statement, for it is the hot path."""
    facts, key = gathered.at_gate(
        service=question.service,
        environment=question.environment,
        change=number_of(question.change) if question.change else None,
        revision=question.revision,
        actor=actor,
        now=at,
        key_purpose=permits.PURPOSE,
    )
    refuse_beyond(facts, reach)
    return facts, key


def _refuse_auditor(facts: Facts, *, now: datetime) -> None:
    if facts.actor.is_auditor:
        raise refuse("ask", *people.not_by_an_auditor(facts, now))


def _opened(question: Question, *, actor: User, now: datetime) -> str:
    return opening.open_standard(
        template=question.open_template,
        service=question.service,
        environment=question.environment,
        revision=question.revision,
        artifact=question.artifact,
        source_url=question.pipeline_url,
        actor=actor,
        now=now,
    )


def _answer(
    question: Question,
    facts: Facts,
    refused: tuple[Reason, ...],
    *,
    now: datetime,
    key: SealedKey | None,
) -> tuple[Answer, Permitted | None]:
    """The answer, and where it is to allow, the permit that is yet to be signed."""
    identity = _new_id(now)
    said = verdict(question, facts, refused, now=now)
    permitted, expires_at = None, None
    if said.word == "allow":
        permit = _permit(identity, question, facts, said.warnings, now=now)
        permitted = Permitted(permit, permits.key_pair(key, now=now), now)
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
) -> Permit:
    """Good for what was approved, while the plan and the calendar allow it, at most `LONGEST`."""
    issued = now.replace(microsecond=0)
    longest = issued + permits.LONGEST
    ends = [longest, *_shuts(facts, now=now, before=longest)]
    return Permit(
        id=identity,
        change=facts.ref,
        service=question.service,
        environment=question.environment,
        revision=question.revision or facts.revision,
        artifact=question.artifact or facts.artifact,
        issued_at=issued,
        expires_at=min(ends).replace(microsecond=0),
        overrides=tuple(one.message for one in warnings if one.code == OVERRIDDEN),
    )


def _shuts(facts: Facts, *, now: datetime, before: datetime) -> Iterator[datetime]:
    """When the planned period, the calendar's opening, and the time free of denials end.

    Where room is short, also when it is no longer kept.
    """
    if facts.room is not None:
        yield now + turns.ROOM_IS_KEPT
    if facts.planned is not None:
        yield facts.planned.ends_at
    yield from periods.shuts(facts, now=now, before=before)
    if facts.custom_rules is not None:
        yield from facts.custom_rules.shuts(facts, now=now, before=before)
