"""The record of an answer: its row and its event, written as one.

# Note [Told again]
A run that asks again, or polls, is told what it was told before while that still holds: the same
decision, the same permit, and nothing is recorded. It holds while the rules come to the same for
the same change, and for a permit, while it lives, was neither used nor revoked, and may last as
long. The one
statement that records looks for it, so two that ask at once are told one thing, and asking costs
no statement more. The answers to one run are numbered, and no number is given twice.
"""

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from orjson import Fragment

from catalog.models import User
from changes.gate.deciding import Decided, Permitted
from changes.gate.words import Answer, Question
from changes.models import GateAnswer
from ledger import timeline
from ledger.canonical import canonical_json, text_of, written
from ledger.decision import Reason, rfc3339

VERBS = {"allow": "gate.allowed", "deny": "gate.denied", "wait": "gate.waited"}

# By hand, and in one statement with the event: an answer costs one round trip to write, not four.
_COLUMNS = """
    id, at, asked_by, service, environment, revision, artifact, change, decision, reasons,
    would_have, next_allowed_at, permit_expires_at, pipeline_url, run_id, attempt, named, gist,
    asking, number
"""
_VALUES = """
    %(id)s::uuid, %(at)s::timestamptz, %(actor)s, %(service)s, %(environment)s, %(revision)s,
    %(artifact)s, %(ref)s, %(decision)s, %(reasons)s::jsonb, %(would_have)s::jsonb,
    %(next_allowed_at)s::timestamptz, %(permit_expires_at)s::timestamptz, %(pipeline_url)s,
    %(run_id)s, %(attempt)s::int, %(named)s, %(gist)s::text
"""
_ANSWER = f"""
INSERT INTO changes_gateanswer ({_COLUMNS}) SELECT {_VALUES}, NULL::uuid, 1 FROM so
"""  # noqa: S608 columns of our own
LAST = """
SELECT a.* FROM changes_gateanswer a
WHERE a.asking = %(asking)s::uuid OR a.id = %(asking)s::uuid
ORDER BY a.number DESC LIMIT 1
"""
_SAME = f"""
last AS ({LAST}),
same AS (
    SELECT id, at, next_allowed_at, permit_expires_at FROM last
    WHERE gist = %(gist)s::text AND (decision <> 'allow'
        OR permit_expires_at > %(at)s::timestamptz
        AND permit_expires_at <= %(holds_until)s::timestamptz
        AND NOT EXISTS (SELECT FROM changes_deployment d
            WHERE d.permit_id = last.id::text AND d.status = 'started')
        AND NOT EXISTS (SELECT FROM changes_permitrevocation r WHERE r.permit_id = last.id)))
"""  # noqa: S608 the statement above
_NEXT = f"""
INSERT INTO changes_gateanswer ({_COLUMNS})
SELECT {_VALUES}, %(asking)s::uuid, coalesce((SELECT number FROM last), 0) + 1 FROM so
WHERE NOT EXISTS (SELECT FROM same)
ON CONFLICT (asking, number) WHERE asking IS NOT NULL DO NOTHING
RETURNING id
"""  # noqa: S608 columns of our own


def asking_of(question: Question, *, actor: User) -> str:
    """What all answers to one run have in common, as a UUID; "" where no run is named."""
    if not question.run_id:
        return ""
    run = (question.run_id, question.attempt)
    asked = (actor.pk, question.service, question.environment, question.revision, *run)
    return str(UUID(bytes=sha256(canonical_json(asked)).digest()[:16]))


def change_of(asking: str) -> str:
    """The ref of the change that a run was last answered about; "" if there is none."""
    if not asking:
        return ""
    found = GateAnswer.objects.filter(asking=asking).exclude(change="").order_by("-number").first()
    return found.change if found else ""


def keep(decided: Decided) -> Decided:
    """Write the record of what was decided; see Note [Told again]. What is to be said then."""
    there = timeline.write(decided.record) if decided.record else None
    return replace(as_told(decided, there) if there else decided, record=None)


def as_told(decided: Decided, there: dict[str, Any]) -> Decided:
    """The decision with the key, the times and the permit of the answer that is there."""
    at, opens, expires_at = (
        datetime.fromisoformat(there[name]) if there[name] else None
        for name in ("at", "next_allowed_at", "permit_expires_at")
    )
    said = replace(
        decided.unsigned, id=there["id"], next_allowed_at=opens, expires_at=expires_at, is_new=False
    )
    given = decided.permitted
    if given is None or at is None or expires_at is None:
        return replace(decided, unsigned=said)
    permit = replace(
        given.permit, id=said.id, issued_at=at.replace(microsecond=0), expires_at=expires_at
    )
    return replace(decided, unsigned=said, permitted=replace(given, permit=permit))


def record_of(
    question: Question,
    answer: Answer,
    permitted: Permitted | None,
    *,
    actor: User,
    now: datetime,
    team: str,
    asking: str = "",
    so: timeline.So = timeline.SURELY,
) -> timeline.Record:
    """What is to be written down of an answer while it is `so`; its permit is not.

    With `asking`, once.
    """
    reasons, would_have = _written(answer.reasons), _written(answer.would_have)
    about = [f"service:{question.service}", f"team:{team}"]
    once = {"asking": asking, "holds_until": permitted.holds_until if permitted else None}
    return timeline.beside(
        _NEXT if asking else _ANSWER,
        {
            "id": answer.id,
            "service": question.service,
            "environment": question.environment,
            "revision": question.revision,
            "artifact": question.artifact,
            "ref": answer.change,
            "decision": answer.decision,
            "reasons": text_of(reasons),
            "would_have": text_of(would_have),
            "next_allowed_at": answer.next_allowed_at,
            "permit_expires_at": answer.expires_at,
            "pipeline_url": question.pipeline_url,
            "run_id": question.run_id,
            "attempt": question.attempt,
            "named": question.change,
            "gist": _gist(question, answer, permitted),
            **(once if asking else {}),
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
        unless=_SAME if asking else "",
        so=so,
    )


def _gist(question: Question, answer: Answer, permitted: Permitted | None) -> str:
    """What an answer says, whenever it is said: two of one gist say the same. 32 hex digits."""
    reasons = map(_written, (answer.reasons, answer.warnings, answer.would_have))
    said: list[object] = [question.artifact, answer.change, answer.decision, answer.says, *reasons]
    if permitted is None:
        said.append(answer.next_allowed_at)
    else:
        permit = permitted.permit
        said += [permit.service, permit.environment, permit.revision, permit.artifact]
        said += permit.overrides
    return sha256(canonical_json(said)).hexdigest()[:32]


@lru_cache(maxsize=1000)
def _written(reasons: tuple[Reason, ...]) -> Fragment:
    """Reasons as JSON; whoever asks again is mostly told the same."""
    return written([reason.as_json() for reason in reasons])
