"""What the rules come to for a question: allow, wait or deny, and until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from changes import policies
from changes.gate.words import Question
from changes.policies import Facts
from ledger.decision import Reason

ASK_AGAIN_FOR_VOTES = timedelta(seconds=60)
ASK_AGAIN_AT_MOST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules come to: the word, and when time alone lets through.

    `says` tells where the calendar opens at no time within its horizon; "" otherwise.
    `would_have` is what rules in shadow mode would have said; it counts for nothing.
    """

    word: str
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    next_allowed_at: datetime | None
    retry_after: timedelta | None = None
    would_have: tuple[Reason, ...] = ()
    says: str = ""


def verdict(
    question: Question, facts: Facts, refused: tuple[Reason, ...] = (), *, now: datetime
) -> Verdict:
    wrong = refused or tuple(_mismatches(question, facts))
    return ruled("deploy" if facts.ref else "explain", facts, wrong=wrong, now=now)


def ruled(verb: str, facts: Facts, *, wrong: tuple[Reason, ...], now: datetime) -> Verdict:
    """The rules' answer; what is `wrong` with the question itself, time never mends."""
    decision = policies.may(verb, facts, now=now)
    reasons = (*wrong, *decision.reasons)
    told: dict[str, Any] = {
        "reasons": reasons,
        "warnings": decision.warnings,
        "would_have": decision.would_have,
    }
    if not reasons:
        return Verdict("allow", next_allowed_at=now, **told)
    if wrong:
        return Verdict("deny", next_allowed_at=None, **told)
    opens = policies.outlook(verb, facts, now=now, said=decision)
    told |= {"next_allowed_at": opens.at, "says": opens.says}
    if not policies.settles_by_itself(decision, facts, now=now):
        return Verdict("deny", **told)
    return Verdict("wait", retry_after=retry_after(opens.at, now=now), **told)


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


def retry_after(opens: datetime | None, *, now: datetime) -> timedelta:
    """When somebody without a place in the queue asks again; `opens` is when time lets through."""
    if opens is None:
        return ASK_AGAIN_FOR_VOTES
    return max(timedelta(seconds=5), min(opens - now, ASK_AGAIN_AT_MOST))
