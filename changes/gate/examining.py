"""The gate's answer taken apart, for any instant: every rule, who could help, what is not known."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from catalog import tokens
from catalog.models import ApiToken, User
from changes import permits
from changes.gate import rulings
from changes.gate.beyond import refuse_beyond
from changes.gate.verdict import Verdict, ruled, verdict
from changes.gate.words import Answer, Question
from changes.policies import Facts
from changes.policies.facts import ActorFacts
from changes.policies.one_by_one import Held, one_by_one
from changes.policies.reach import EVERYWHERE, Reach
from changes.queries import facts as gathered
from changes.queries import facts_by_bearer
from changes.queries.back_then import as_it_was
from changes.queries.refs import number_of
from changes.queries.unblockers import Who, unblockers

A_PIPELINE = ActorFacts(username="a pipeline", is_robot=True)
VOTES = "approvals_missing"  # who could give them depends on leave, which is not remembered
AHEAD = (
    "What is declared, decided, withdrawn or moved until then is not known: this is what holds if "
    "nothing is."
)


@dataclass(frozen=True, slots=True)
class Examined:
    """What the gate would say, the rules it rests on, and who could take what away, by code.

    `notes` are sentences on what is not known of an instant in the past or the future.
    """

    facts: Facts
    verdict: Verdict
    rules: tuple[Held, ...]
    who: Mapping[str, Who]
    notes: tuple[str, ...]

    @property
    def answer(self) -> Answer:
        """As the gate would give it; nothing is recorded and nothing permitted."""
        return Answer(
            id="",
            decision=self.verdict.word,
            reasons=self.verdict.reasons,
            warnings=self.verdict.warnings,
            change=self.facts.ref,
            next_allowed_at=self.verdict.next_allowed_at,
            retry_after=self.verdict.retry_after,
            permit="",
            expires_at=None,
            would_have=self.verdict.would_have,
            says=self.verdict.says,
        )


def examine(
    question: Question,
    *,
    at: datetime,
    now: datetime,
    kind: str,
    reader: User,
    reach: Reach = EVERYWHERE,
) -> Examined:
    """What a pipeline would be told at `at`, rule by rule. Records nothing and permits nothing.

    With a change or a revision every rule of a deployment is asked; without, the calendar and the
    incidents, for a change of `kind`. Before `now` the windows and incidents of then are looked at.
    Raises `NoSuchPlace`, `NoSuchChange` for text that is no ref, and `Refused` beyond `reach`.
    """
    facts = replace(_facts(question, at=at, kind=kind, reader=reader), actor=A_PIPELINE)
    refuse_beyond(facts, reach)
    notes = [AHEAD] if at > now else []
    if at < now:
        facts, notes = as_it_was(facts, at=at)
    return _examined(question, facts, at=at, notes=notes)


def examine_as_bearer(
    question: Question, *, secret: str, reach_of: Callable[[ApiToken], Reach], now: datetime
) -> tuple[Examined, User]:
    """`examine`, of a change or a revision and now, for whoever bears the token; and who that is.

    `reach_of` says how far the token reaches, or raises where it does not open the gate. Raises
    like `examine`, and `tokens.TokenRefused`.
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
    facts, token, _, noted, _ = facts_by_bearer.gathered(asked)
    tokens.demand_current(token, now=now)
    refuse_beyond(facts, reach_of(token))
    key = ("examined", question.change, question.revision)
    known: Examined | None = rulings.recall(noted, key, now=now)
    if known is not None:
        return replace(known, verdict=rulings.told_at(known.verdict, now=now)), token.user
    facts = replace(facts, actor=A_PIPELINE)
    found = _examined(question, facts, at=now, notes=())
    if VOTES not in (reason.code for reason in found.verdict.reasons):
        rulings.note(noted, key, found, found.verdict, facts, now=now)
    return found, token.user


def _examined(question: Question, facts: Facts, *, at: datetime, notes: Iterable[str]) -> Examined:
    named = bool(question.change or question.revision)
    said = verdict(question, facts, now=at) if named else ruled("explain", facts, wrong=(), now=at)
    return Examined(
        facts,
        said,
        rules=_rules(facts, said, named=named, at=at),
        who=unblockers(facts, said.reasons, now=at),
        notes=tuple(notes),
    )


def _facts(question: Question, *, at: datetime, kind: str, reader: User) -> Facts:
    if not question.change and not question.revision:
        return gathered.of_place(
            service=question.service,
            environment=question.environment,
            kind=kind,
            actor=reader,
            now=at,
        )
    facts, _ = gathered.at_gate(
        service=question.service,
        environment=question.environment,
        change=number_of(question.change) if question.change else None,
        revision=question.revision,
        actor=reader,
        now=at,
        key_purpose=permits.PURPOSE,
    )
    return facts


def _rules(facts: Facts, said: Verdict, *, named: bool, at: datetime) -> tuple[Held, ...]:
    """The rules asked of the facts, after the one about the question itself."""
    asked = one_by_one("deploy" if facts.ref else "explain", facts, now=at)
    objected = {reason for rule in asked for reason in rule.reasons}
    if not named:
        return tuple(asked)
    wrong = tuple(reason for reason in said.reasons if reason not in objected)
    return Held("The change is the one for this service and environment", wrong), *asked
