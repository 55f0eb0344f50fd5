"""What the rules come to for a question, worked out once while nothing it rests on changes.

# Note [Asked once]
The rules are pure: of the very same facts they say the very same, until the clock passes an instant
that one of them looks at. While the rows that facts came from are of the same versions, the facts
are the same object (Note [What the gate remembers] in `changes.queries.kept`), and what was worked
out from them stays with them: it is gone when they are. What is relative to the moment of asking is
told anew. Where a rule looks at the clock at any instant, or facts are not remembered, all rules
are asked.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from changes import permits
from changes.gate import lasting
from changes.gate.verdict import Verdict, retry_after, verdict
from changes.gate.words import Question
from changes.policies import Facts
from ledger.decision import Reason

AT_MOST = 20  # of each facts; then what is noted with them is forgotten
CLOCKS_DIFFER_BY = timedelta(minutes=5)  # those of servers that answer the same run
Noted = dict[Any, Any]


class Ruling(NamedTuple):
    """What the rules come to; where that is to allow, when it is shut, as far as was looked."""

    said: Verdict
    shut_at: datetime | None


class _Note(NamedTuple):
    """What was worked out, from when, and until when time alone changes nothing of it."""

    found: Any
    at: datetime
    until: datetime


def ruling(
    question: Question, facts: Facts, refused: tuple[Reason, ...] = (), *, now: datetime
) -> Ruling:
    """The rules asked. What is `refused` besides, time never mends."""
    said = verdict(question, facts, refused, now=now)
    if said.word != "allow":
        return Ruling(said, None)
    before = now + permits.LONGEST + CLOCKS_DIFFER_BY + lasting.LONGEST
    return Ruling(said, min(lasting.shuts(facts, now=now, before=before)))


def recalled(question: Question, facts: Facts, noted: Noted | None, *, now: datetime) -> Ruling:
    """`ruling`, as it was noted with these facts where it was; see Note [Asked once]."""
    key = ("ruling", question.change, question.revision, question.artifact)
    known: Ruling | None = recall(noted, key, now=now)
    if known is not None:
        return Ruling(told_at(known.said, now=now), known.shut_at)
    found = ruling(question, facts, now=now)
    note(noted, key, found, found.said, facts, now=now)
    return found


def told_at(said: Verdict, *, now: datetime) -> Verdict:
    """A verdict that still holds, as it is told at another instant."""
    if said.word == "allow":
        return replace(said, next_allowed_at=now)
    if said.word == "wait":
        return replace(said, retry_after=retry_after(said.next_allowed_at, now=now))
    return said


def recall(noted: Noted | None, key: object, *, now: datetime) -> Any:
    """What was noted by this key, if it holds still; None else."""
    known: _Note | None = noted.get(key) if noted else None
    return known.found if known is not None and known.at <= now < known.until else None


def note(
    noted: Noted | None, key: object, found: Any, said: Verdict, facts: Facts, *, now: datetime
) -> None:
    """Keep what was found from these facts, whose verdict is `said`, for as long as it holds."""
    if noted is None or not lasting.is_steady(facts):
        return
    if len(noted) >= AT_MOST:
        noted.clear()
    reasons = (*said.reasons, *said.warnings, *said.would_have)
    until = lasting.until(reasons, (said.next_allowed_at,), facts, now=now)
    noted[key] = _Note(found, now, until)
