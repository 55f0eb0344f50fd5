"""The record of an answer: its row and its event, written as one."""

from collections.abc import Sequence
from datetime import datetime

from orjson import Fragment

from catalog.models import User
from changes.gate.words import Answer, Question
from ledger import timeline
from ledger.canonical import text_of, written
from ledger.decision import Reason, rfc3339

_NONE = written([])
VERBS = {"allow": "gate.allowed", "deny": "gate.denied", "wait": "gate.waited"}

# By hand, and in one statement with the event: an answer costs one round trip to write, not four.
_ANSWER = """
INSERT INTO changes_gateanswer (id, at, asked_by, service, environment, revision, artifact, change,
    decision, reasons, would_have, next_allowed_at, permit_expires_at, pipeline_url, run_id)
VALUES (%(id)s::uuid, %(at)s, %(actor)s, %(service)s, %(environment)s, %(revision)s, %(artifact)s,
    %(change)s, %(decision)s, %(reasons)s::jsonb, %(would_have)s::jsonb,
    %(next_allowed_at)s::timestamptz,
    %(permit_expires_at)s::timestamptz, %(pipeline_url)s, %(run_id)s)
"""


def record_of(
    question: Question, answer: Answer, *, actor: User, now: datetime, team: str
) -> timeline.Record:
    """What is to be written down of an answer; its permit is not."""
    reasons, would_have = _written(answer.reasons), _written(answer.would_have)
    about = [f"service:{question.service}", f"team:{team}"]
    return timeline.beside(
        _ANSWER,
        {
            "id": answer.id,
            "service": question.service,
            "environment": question.environment,
            "revision": question.revision,
            "artifact": question.artifact,
            "change": answer.change,
            "decision": answer.decision,
            "reasons": text_of(reasons),
            "would_have": text_of(would_have),
            "next_allowed_at": answer.next_allowed_at,
            "permit_expires_at": answer.expires_at,
            "pipeline_url": question.pipeline_url,
            "run_id": question.run_id,
        },
        subject=f"{question.service}/{question.environment}",
        about=[*about, answer.change] if answer.change else about,
        verb=VERBS[answer.decision],
        actor=actor.username,
        at=now,
        data={
            "decision_id": answer.id,
            "revision": question.revision,
            "artifact": question.artifact,
            "run_id": question.run_id,
            "codes": [reason.code for reason in answer.reasons],
            "reasons": reasons,
            "permit_expires_at": rfc3339(answer.expires_at),
            **({"would_have": would_have} if answer.would_have else {}),
            **({"warnings": _written(answer.warnings)} if answer.warnings else {}),
        },
    )


def _written(reasons: Sequence[Reason]) -> Fragment:
    """Reasons as JSON; mostly there are none."""
    return written([reason.as_json() for reason in reasons]) if reasons else _NONE
