"""Asking the gate: gather the facts, decide, permit, and record the answer."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from catalog import tokens
from catalog.models import ApiToken, User
from changes import lifecycle, opening, permits
from changes.gate import standing
from changes.gate.answering import answered
from changes.gate.beyond import refuse_beyond
from changes.gate.deciding import Decided, Permitted
from changes.gate.keeping import asking_of, change_of, keep, record_of
from changes.gate.rulings import Ruling, recalled, ruling
from changes.gate.words import Answer, Question
from changes.policies import Facts, people
from changes.policies.reach import EVERYWHERE, Reach
from changes.queries import facts as gathered
from changes.queries import facts_by_bearer
from changes.queries.facts_by_bearer import Asked
from changes.queries.refs import locked, number_of
from changes.states import State
from ledger import callbacks
from ledger.decision import Reason, Refused, refuse
from ledger.keys import SealedKey
from ledger.timeline import SURELY, So


class Asker(NamedTuple):
    """Who asks and when, and what the answers it is told have in common, if anything."""

    user: User
    now: datetime
    asking: str = ""


def ask(question: Question, *, actor: User, now: datetime, reach: Reach = EVERYWHERE) -> Answer:
    """Decide, and record the answer with its event in one transaction.

    One statement gathers the facts. A run that asks again is told the same while it holds, see Note
    [Told again] in `keeping`. Raises `NoSuchPlace` for an unknown service or environment,
    `NoSuchChange` for text that is no ref (an unknown change is a denial), `ValidationError` for a
    callback that cannot be called or a template that is not there, and `Refused` for an auditor and
    what lies beyond `reach`.
    """
    if question.callback_url:
        callbacks.check_url(question.callback_url)
    asker = Asker(actor, now, asking_of(question, actor=actor))
    decided, _ = told(question, asker, reach=reach)
    return decided.answer()


def told(question: Question, asker: Asker, *, reach: Reach) -> tuple[Decided, Facts]:
    """What is recorded and to be said, and the facts that were looked at. Raises like `ask`."""
    facts, key = _facts(question, asker, reach=reach)
    _refuse_auditor(facts, now=asker.now)
    if question.open_template:
        return _ask_opening(question, facts, asker, key=key), facts
    return keep(_by_the_rules(question, facts, asker, key=key)), facts


def decide_as_bearer(
    question: Question,
    *,
    secret: str,
    reach_of: Callable[[ApiToken], Reach],
    now: datetime,
    by_memory: bool = True,
) -> Decided:
    """`ask` for whoever bears the token of this secret, up to what is to be written and given.

    Nothing is spent on finding out who that is. `by_memory` by what was told last: its record may
    lapse, see Note [Answered by memory] in `facts_by_bearer`. `reach_of` says how far the token
    reaches, or raises where it does not open the gate. Opens no change. Raises like `ask`, and
    `tokens.TokenRefused`.
    """
    asked = facts_by_bearer.question(
        digest=tokens.digest_of(secret),
        service=question.service,
        environment=question.environment,
        change=number_of(question.change) if question.change else None,
        revision=question.revision,
        now=now,
        key_purpose=permits.PURPOSE,
    )
    found = _told_last(question, asked, now=now) if by_memory else None
    found = found or facts_by_bearer.gathered(asked)
    tokens.demand_current(found.token, now=now)
    refuse_beyond(found.facts, reach_of(found.token))
    _refuse_auditor(found.facts, now=now)
    asker = Asker(found.token.user, now, asking_of(question, actor=found.token.user))
    ruled = recalled(question, found.facts, found.noted, now=now)
    return _decided(question, found.facts, ruled, asker, key=found.key, so=found.so)


def _told_last(question: Question, asked: Mapping[str, Any], *, now: datetime) -> Asked | None:
    """What is remembered, where a record may rest on it; a place in the queue may not."""
    last = facts_by_bearer.remembered(asked)
    if last is None:
        return None
    ruled = recalled(question, last.facts, last.noted, now=now)
    return None if ruled.said.word == standing.WAIT else last


def _by_the_rules(
    question: Question,
    facts: Facts,
    asker: Asker,
    *,
    key: SealedKey | None,
    refused: tuple[Reason, ...] = (),
) -> Decided:
    ruled = ruling(question, facts, refused, now=asker.now)
    return _decided(question, facts, ruled, asker, key=key)


def _decided(
    question: Question,
    facts: Facts,
    ruled: Ruling,
    asker: Asker,
    *,
    key: SealedKey | None,
    so: So = SURELY,
) -> Decided:
    """The answer with its record, which is written already where the queue is concerned."""
    answer, permitted = answered(question, facts, ruled, now=asker.now, key=key)
    if standing.concerns(facts, answer):
        return _in_turn(question, answer, permitted, facts, asker, key=key)
    return _recorded(question, answer, permitted, facts, asker, so=so)


@transaction.atomic
def _in_turn(
    question: Question,
    answer: Answer,
    permitted: Permitted | None,
    facts: Facts,
    asker: Asker,
    *,
    key: SealedKey | None,
) -> Decided:
    """Answer whoever waits, or asks where room is short; see Note [Turns] in `standing`."""
    if facts.room is not None:
        standing.take_turns(environment=facts.environment)
        facts, key = _facts(replace(question, change=facts.ref), asker, reach=EVERYWHERE)
        ruled = ruling(question, facts, now=asker.now)
        answer, permitted = answered(question, facts, ruled, now=asker.now, key=key)
    answer = standing.stand(question, facts, answer, actor=asker.user, now=asker.now)
    return keep(_recorded(question, answer, permitted, facts, asker))


def _recorded(
    question: Question,
    answer: Answer,
    permitted: Permitted | None,
    facts: Facts,
    asker: Asker,
    *,
    so: So = SURELY,
) -> Decided:
    """The answer, with what is to be recorded of it while it is `so`."""
    record = record_of(
        question,
        answer,
        permitted,
        actor=asker.user,
        now=asker.now,
        team=facts.team,
        asking=asker.asking,
        so=so,
    )
    return Decided(answer, permitted, asker.user, record)


@transaction.atomic
def _ask_opening(
    question: Question, facts: Facts, asker: Asker, *, key: SealedKey | None
) -> Decided:
    """Answer where a standard change is opened if none fits, and started if it may be.

    All of it or nothing: what was opened is there exactly if it was answered for. What a run opened
    before is its change for good, also when that has ended: it never opens a second.
    """
    try:
        if not facts.ref and not question.change:
            mine = change_of(asker.asking) or _opened(question, asker)
            question = replace(question, change=mine)
            facts, key = _facts(question, asker, reach=EVERYWHERE)
        with transaction.atomic():
            return _started(question, facts, asker, key=key)
    except Refused as problem:
        refused = problem.decision.reasons
        return keep(_by_the_rules(question, facts, asker, key=key, refused=refused))


def _started(question: Question, facts: Facts, asker: Asker, *, key: SealedKey | None) -> Decided:
    """Answer, and where that is to allow, start what was opened; raises `Refused`."""
    template = facts.template.slug if facts.template else ""
    starts = question.open_start and facts.state == State.SCHEDULED
    if not starts or template != question.open_template:
        return keep(_by_the_rules(question, facts, asker, key=key))
    locked(ref=facts.ref, and_environment=True)  # in the order in which a report takes them
    facts, key = _facts(replace(question, change=facts.ref), asker, reach=EVERYWHERE)
    decided = keep(_by_the_rules(question, facts, asker, key=key))
    if decided.unsigned.decision == "allow" and facts.state == State.SCHEDULED:
        lifecycle.start(ref=facts.ref, actor=asker.user, now=asker.now)
    return decided


def _facts(question: Question, asker: Asker, *, reach: Reach) -> tuple[Facts, SealedKey | None]:
    """The facts, and the key a permit is signed with: one statement, for it is the hot path."""
    facts, key = gathered.at_gate(
        service=question.service,
        environment=question.environment,
        change=number_of(question.change) if question.change else None,
        revision=question.revision,
        actor=asker.user,
        now=asker.now,
        key_purpose=permits.PURPOSE,
    )
    refuse_beyond(facts, reach)
    return facts, key


def _refuse_auditor(facts: Facts, *, now: datetime) -> None:
    if facts.actor.is_auditor:
        raise refuse("ask", *people.not_by_an_auditor(facts, now))


def _opened(question: Question, asker: Asker) -> str:
    return opening.open_standard(
        template=question.open_template,
        service=question.service,
        environment=question.environment,
        revision=question.revision,
        artifact=question.artifact,
        source_url=question.pipeline_url,
        actor=asker.user,
        now=asker.now,
    )
