"""The gate's answer taken apart: every rule, whether it holds, and why not."""

from dataclasses import dataclass, replace
from datetime import datetime

from catalog.models import User
from changes import permits
from changes.gate.verdict import Verdict, ruled, verdict
from changes.gate.words import Question
from changes.policies import Facts
from changes.policies.facts import ActorFacts
from changes.policies.one_by_one import Held, one_by_one
from changes.queries import facts as gathered
from changes.queries.refs import number_of

A_PIPELINE = ActorFacts(username="a pipeline", is_robot=True)


@dataclass(frozen=True, slots=True)
class Examined:
    """What the gate would say, and the rules it rests on."""

    facts: Facts
    verdict: Verdict
    rules: tuple[Held, ...]


def examine(question: Question, *, at: datetime, kind: str, reader: User) -> Examined:
    """What a pipeline would be told at `at`, rule by rule. Records nothing.

    With a change every rule of a deployment is asked; without, the calendar and the incidents, for
    a change of `kind`. Raises `NoSuchPlace`, and `NoSuchChange` for text that is no ref.
    """
    if question.change:
        facts, _ = gathered.at_gate(
            service=question.service,
            environment=question.environment,
            change=number_of(question.change),
            revision=question.revision,
            actor=reader,
            now=at,
            key_purpose=permits.PURPOSE,
        )
        facts = replace(facts, actor=A_PIPELINE)
        said = verdict(question, facts, now=at)
    else:
        found = gathered.of_place(
            service=question.service,
            environment=question.environment,
            kind=kind,
            actor=reader,
            now=at,
        )
        facts = replace(found, actor=A_PIPELINE)
        said = ruled("explain", facts, wrong=(), now=at)
    return Examined(facts, said, _rules(question, facts, said, at=at))


def _rules(question: Question, facts: Facts, said: Verdict, *, at: datetime) -> tuple[Held, ...]:
    """The rules asked of the facts, after the one about the question itself."""
    asked = one_by_one("deploy" if facts.ref else "explain", facts, now=at)
    objected = {reason for rule in asked for reason in rule.reasons}
    if not question.change:
        return tuple(asked)
    wrong = tuple(reason for reason in said.reasons if reason not in objected)
    return Held("The change is the one for this service and environment", wrong), *asked
