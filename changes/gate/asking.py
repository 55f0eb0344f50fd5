"""Asking the gate: gather the facts, decide, permit, and record the answer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from catalog.models import User
from changes import opening, permits
from changes.gate.keeping import keep
from changes.gate.verdict import ruled, verdict
from changes.gate.words import Answer, Question
from changes.permits import Permit
from changes.policies import Facts, people, periods
from changes.policies.reach import EVERYWHERE, Reach
from changes.queries import facts as gathered
from changes.queries.refs import number_of
from ledger.decision import Reason, Refused, refuse
from ledger.keys import SealedKey


def ask(question: Question, *, actor: User, now: datetime, reach: Reach = EVERYWHERE) -> Answer:
    """Decide, and record the answer with its event in one transaction.

    One statement gathers the facts. Raises `NoSuchPlace` for an unknown service or environment,
    `NoSuchChange` for text that is no ref (an unknown change is a denial), and `Refused` for an
    auditor and for what lies beyond `reach`.
    """
    facts, key = _facts(question, actor=actor, at=now, reach=reach)
    if facts.actor.is_auditor:
        raise refuse("ask", *people.not_by_an_auditor(facts, now))
    refused: tuple[Reason, ...] = ()
    if question.open_template and not facts.ref and not question.change:
        try:
            question = replace(question, change=_opened(question, actor=actor, now=now))
            facts, key = _facts(question, actor=actor, at=now, reach=reach)
        except Refused as problem:
            refused = problem.decision.reasons
    answer = _answer(question, facts, refused, now=now, key=key)
    keep(question, answer, actor=actor, now=now, team=facts.team)
    return answer


def explain(
    question: Question, *, at: datetime, kind: str, actor: User, reach: Reach = EVERYWHERE
) -> Answer:
    """What the gate would say at `at`, past or future. Records nothing and permits nothing.

    With a change or a revision every rule of a deployment is asked; without, the calendar and the
    incidents, for a change of `kind`. Raises like `ask`.
    """
    if question.change or question.revision:
        facts, _ = _facts(question, actor=actor, at=at, reach=reach)
        said = verdict(question, facts, now=at)
    else:
        facts = gathered.of_place(
            service=question.service,
            environment=question.environment,
            kind=kind,
            actor=actor,
            now=at,
        )
        reach.demand(service=facts.service, team=facts.team)
        said = ruled("explain", facts, wrong=(), now=at)
    return Answer(
        id="",
        decision=said.word,
        reasons=said.reasons,
        warnings=said.warnings,
        change=facts.ref,
        next_allowed_at=said.next_allowed_at,
        retry_after=said.retry_after,
        permit="",
        expires_at=None,
    )


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
    reach.demand(service=facts.service, team=facts.team)
    elsewhere = facts.change_service not in ("", facts.service)
    if reach.limited and elsewhere and facts.change_service not in reach.services:
        raise refuse(
            "reach",
            Reason(
                "not_permitted",
                f"The token does not reach {facts.ref}, which is for another service.",
                f"Name a change for {facts.service}.",
                source="token",
            ),
        )
    return facts, key


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
) -> Answer:
    identity = str(uuid4())
    said = verdict(question, facts, refused, now=now)
    signed, expires_at = "", None
    if said.word == "allow":
        permit = _permit(identity, question, facts, now=now)
        signed, expires_at = permits.sign(permit, now=now, key=key), permit.expires_at
    return Answer(
        id=identity,
        decision=said.word,
        reasons=said.reasons,
        warnings=said.warnings,
        change=facts.ref,
        next_allowed_at=said.next_allowed_at,
        retry_after=said.retry_after,
        permit=signed,
        expires_at=expires_at,
    )


def _permit(identity: str, question: Question, facts: Facts, *, now: datetime) -> Permit:
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
    )


def _shuts(facts: Facts, *, now: datetime, before: datetime) -> Iterator[datetime]:
    """When the planned period, the calendar's opening, and the time free of freezes end."""
    if facts.planned is not None:
        yield facts.planned.ends_at
    yield from periods.shuts(facts, now=now, before=before)
