"""The question CI asks before it deploys, the answer, and the record of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction

from catalog.models import User
from changes import permits, policies, windows
from changes.models import GateAnswer
from changes.permits import Permit
from changes.policies import Facts
from changes.queries import facts as gathered
from changes.queries.refs import number_of
from changes.windows import Interval
from ledger import timeline
from ledger.decision import Decision, Reason, rfc3339

ASK_AGAIN_FOR_VOTES = timedelta(seconds=60)
ASK_AGAIN_AT_MOST = timedelta(hours=1)
VERBS = {"allow": "gate.allowed", "deny": "gate.denied", "wait": "gate.waited"}


@dataclass(frozen=True, slots=True)
class Question:
    """What a pipeline wants to deploy, and where it runs. `change` is a ref or ""."""

    service: str
    environment: str
    revision: str = ""
    artifact: str = ""
    change: str = ""
    pipeline_url: str = ""
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate said. `permit` is the signed text, given once and never stored."""

    id: str
    decision: str
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    change: str
    next_allowed_at: datetime | None
    retry_after: timedelta | None
    permit: str
    expires_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """The wire shape of `POST /api/v1/gate`."""
        return {
            "decision": self.decision,
            "decision_id": self.id,
            "reasons": [reason.as_json() for reason in self.reasons],
            "warnings": [warning.as_json() for warning in self.warnings],
            "change": self.change or None,
            "next_allowed_at": rfc3339(self.next_allowed_at),
            "retry_after_seconds": int(self.retry_after.total_seconds())
            if self.retry_after
            else None,
            "permit": self.permit or None,
            "expires_at": rfc3339(self.expires_at),
        }


def ask(question: Question, *, actor: User, now: datetime) -> Answer:
    """Decide, and record the answer with its event in one transaction.

    One statement gathers the facts. Raises `NoSuchPlace` for an unknown service or environment, and `NoSuchChange`
    for text that is no ref; an unknown change is a denial.
    """
    facts = gathered.at_gate(
        service=question.service,
        environment=question.environment,
        change=number_of(question.change) if question.change else None,
        revision=question.revision,
        actor=actor,
        now=now,
    )
    answer = _answer(question, facts, now=now)
    with transaction.atomic():
        _keep(question, answer, actor=actor, now=now, team=facts.team)
    return answer


def explain(
    *, service: str, environment: str, at: datetime, kind: str, change: str, actor: User
) -> tuple[Decision, datetime | None]:
    """What the gate would say at `at`, past or future, and when it next lets through. Records nothing.

    With a `change` ref every rule of a deployment is asked; without, the calendar and the incidents.
    """
    if not change:
        facts = gathered.of_place(
            service=service, environment=environment, kind=kind, actor=actor, now=at
        )
        verb = "explain"
    else:
        number = number_of(change)
        facts = gathered.at_gate(
            service=service,
            environment=environment,
            change=number,
            revision="",
            actor=actor,
            now=at,
        )
        verb = "deploy"
    question = Question(service, environment, change=change)
    reasons = (*_mismatches(question, facts),) if verb == "deploy" else ()
    decision = policies.may(verb, facts, now=at)
    whole = Decision(verb, (*reasons, *decision.reasons), decision.warnings)
    return whole, policies.next_allowed_at(verb, facts, now=at) if not reasons else None


def _answer(question: Question, facts: Facts, *, now: datetime) -> Answer:
    identity = str(uuid4())
    wrong = tuple(_mismatches(question, facts))
    decision = policies.may("deploy" if facts.ref else "explain", facts, now=now)
    reasons = (*wrong, *decision.reasons)
    if not reasons:
        permit = _permit(identity, question, facts, now=now)
        signed = permits.sign(permit, now=now)
        return Answer(
            identity,
            "allow",
            (),
            decision.warnings,
            facts.ref,
            now,
            None,
            signed,
            permit.expires_at,
        )
    waits = not wrong and policies.settles_by_itself(decision, facts, now=now)
    opens = None if wrong else policies.next_allowed_at("deploy", facts, now=now)
    return Answer(
        identity,
        "wait" if waits else "deny",
        reasons,
        decision.warnings,
        facts.ref,
        opens or (policies.next_allowed_at("explain", facts, now=now) if wrong else None),
        _retry_after(opens, now=now) if waits else None,
        "",
        None,
    )


def _mismatches(question: Question, facts: Facts) -> list[Reason]:
    """Why the change at hand is not the one for this deployment."""
    if not facts.ref:
        named = question.change or (f"revision {question.revision}" if question.revision else "it")
        return [
            Reason(
                "no_change",
                f"No open change covers {question.service} in {question.environment} for {named}.",
                "File a change for this revision and have it approved, or name its ref.",
                source="gate",
            )
        ]
    found = []
    for word, asked, planned in (
        ("revision", question.revision, facts.revision),
        ("artifact", question.artifact, facts.artifact),
    ):
        if asked and planned and asked != planned:
            found.append(_mismatch(facts.ref, word, asked, planned))
    for word, asked, planned in (
        ("service", question.service, facts.change_service or facts.service),
        ("environment", question.environment, facts.change_environment or facts.environment),
    ):
        if asked != planned:
            found.append(_mismatch(facts.ref, word, asked, planned))
    return found


def _mismatch(ref: str, word: str, asked: str, planned: str) -> Reason:
    return Reason(
        "revision_mismatch" if word in ("revision", "artifact") else "no_change",
        f"{ref} was approved for the {word} {planned}, not for {asked}.",
        f"Deploy the approved {word}, or revise {ref} and have it approved again.",
        source="gate",
    )


def _permit(identity: str, question: Question, facts: Facts, *, now: datetime) -> Permit:
    """Good for the planned period, until the next freeze, and never longer than `LONGEST`."""
    issued = now.replace(microsecond=0)
    ends = [issued + permits.LONGEST]
    if facts.planned is not None and facts.planned.ends_at > now:
        ends.append(facts.planned.ends_at)
    freeze = windows.next_freeze(facts.windows, Interval(now, ends[0]))
    if freeze is not None and facts.kind != "emergency":
        ends.append(freeze.interval.starts_at)
    return Permit(
        id=identity,
        change=facts.ref,
        service=question.service,
        environment=question.environment,
        revision=question.revision,
        artifact=question.artifact,
        issued_at=issued,
        expires_at=min(ends).replace(microsecond=0),
    )


def _retry_after(opens: datetime | None, *, now: datetime) -> timedelta:
    if opens is None:
        return ASK_AGAIN_FOR_VOTES
    return max(timedelta(seconds=5), min(opens - now, ASK_AGAIN_AT_MOST))


def _keep(question: Question, answer: Answer, *, actor: User, now: datetime, team: str) -> None:
    GateAnswer(
        id=answer.id,
        at=now,
        asked_by=actor.username,
        service=question.service,
        environment=question.environment,
        revision=question.revision,
        artifact=question.artifact,
        change=answer.change,
        decision=answer.decision,
        reasons=[reason.as_json() for reason in answer.reasons],
        next_allowed_at=answer.next_allowed_at,
        permit_expires_at=answer.expires_at,
        pipeline_url=question.pipeline_url,
        run_id=question.run_id,
    ).save(force_insert=True)
    timeline.record(
        subject=f"{question.service}/{question.environment}",
        about=[
            f"service:{question.service}",
            f"team:{team}",
            *([answer.change] if answer.change else []),
        ],
        verb=VERBS[answer.decision],
        actor=actor.username,
        at=now,
        data={
            "decision_id": answer.id,
            "revision": question.revision,
            "artifact": question.artifact,
            "run_id": question.run_id,
            "codes": [reason.code for reason in answer.reasons],
            "reasons": [reason.as_json() for reason in answer.reasons],
            "permit_expires_at": rfc3339(answer.expires_at),
        },
    )
