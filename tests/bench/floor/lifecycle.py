"""A lifecycle with the rows Tidegate writes, but none of its rules."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.http import HttpRequest, JsonResponse

_WHO = """
SELECT u.id, u.username FROM catalog_apitoken k JOIN catalog_user u ON u.id = k.user_id
WHERE k.digest = %s AND k.revoked_at IS NULL AND u.is_active
"""
_CREATE = """
INSERT INTO changes_change (state, kind, title, description, justification, impact_analysis,
    category, service_id, team_id, environment_id, implementation_plan, test_plan, rollback_plan,
    monitoring_plan, rollout, canary_steps, required_checks, planned_start_at, planned_end_at,
    revision, artifact, source_url, pull_request_url, external_id, author_id, last_editor_id,
    implementer_id, edition, plan_version, plan_digest, approval_round, risk_level, risk_score,
    risk_factors, created_at, hold_reason, review, outcome, closing_note)
SELECT 'planning', 'normal', %(title)s, %(description)s, '', '', 'deployment', s.id,
    s.owner_team_id, e.id, %(implementation_plan)s, %(test_plan)s, %(rollback_plan)s,
    %(monitoring_plan)s, %(rollout)s, '{}', '{}', %(planned_start_at)s, %(planned_end_at)s,
    %(revision)s, '', '', '', '', %(who)s, %(who)s, %(who)s, 1, 1, %(digest)s, 0, 'low', 0, '[]',
    now(), '', '', '', ''
FROM catalog_service s, catalog_environment e
WHERE s.slug = %(service)s AND e.slug = %(environment)s
RETURNING id
"""
_PLAN = """
INSERT INTO changes_planversion (change_id, version, digest, fields, written_by_id, written_at)
VALUES (%s, 1, %s, %s, %s, now())
"""
_ASK = """
INSERT INTO changes_requirement (change_id, round, authority, count, rule)
VALUES (%s, 1, 'peer', 1, 'Peer review')
"""
_VOTE = """
INSERT INTO changes_vote
    (change_id, round, voter_id, decision, comment, authorities, plan_digest, cast_at)
VALUES (%s, 1, %s, 'approve', '', '{peer}', %s, now())
"""
_EVENT = """
INSERT INTO ledger_event (subject, about, verb, actor, at, data, content_digest)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_MOVES = {
    "submit": "state = 'awaiting_approval', approval_round = 1, submitted_at = now()",
    "approve": "state = 'scheduled', approved_at = now()",
    "start": "state = 'implementing', started_at = now(), started_by_id = %(who)s",
    "finish": "state = 'validating', finished_at = now()",
    "close": "state = 'closed', outcome = 'successful', closing_note = 'Done.', ended_at = now(), "
    "ended_by_id = %(who)s",
}


def create(request: HttpRequest) -> JsonResponse:
    """File a change with its plan."""
    sent = json.loads(request.body)
    digest = sha256(request.body).hexdigest()
    with transaction.atomic(), connection.cursor() as cursor:
        who, name = _who(cursor, request)
        cursor.execute(_CREATE, {**sent, "who": who, "digest": digest})
        (number,) = cursor.fetchone()
        cursor.execute(_PLAN, [number, digest, request.body.decode(), who])
        _record(cursor, number, "change.created", name, sent)
    return JsonResponse({"number": number, "state": "planning"}, status=201)


def submit(request: HttpRequest, number: int) -> JsonResponse:
    """Ask for one approval."""
    with transaction.atomic(), connection.cursor() as cursor:
        who, name = _who(cursor, request)
        _move(cursor, number, "submit", "change.submitted", who, name)
        cursor.execute(_ASK, [number])
    return JsonResponse({"number": number, "state": "awaiting_approval"})


def vote(request: HttpRequest, number: int) -> JsonResponse:
    """Approve, and schedule."""
    with transaction.atomic(), connection.cursor() as cursor:
        who, name = _who(cursor, request)
        cursor.execute(_VOTE, [number, who, "0" * 64])
        _record(cursor, number, "vote.cast", name, {"decision": "approve"})
        _move(cursor, number, "approve", "change.approved", who, name)
    return JsonResponse({"number": number, "state": "scheduled"})


def start(request: HttpRequest, number: int) -> JsonResponse:
    return _moved(request, number, "start", "change.started")


def finish(request: HttpRequest, number: int) -> JsonResponse:
    return _moved(request, number, "finish", "change.finished")


def close(request: HttpRequest, number: int) -> JsonResponse:
    return _moved(request, number, "close", "change.closed")


def _moved(request: HttpRequest, number: int, verb: str, past: str) -> JsonResponse:
    with transaction.atomic(), connection.cursor() as cursor:
        who, name = _who(cursor, request)
        _move(cursor, number, verb, past, who, name)
    return JsonResponse({"number": number, "verb": verb})


def _who(cursor: CursorWrapper, request: HttpRequest) -> tuple[int, str]:
    secret = request.META["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    cursor.execute(_WHO, [sha256(secret.encode()).digest()])
    who, name = cursor.fetchone()
    return who, name


def _move(cursor: CursorWrapper, number: int, verb: str, past: str, who: int, name: str) -> None:
    sets = f"UPDATE changes_change SET {_MOVES[verb]}, edition = edition + 1 WHERE id = %(number)s"
    cursor.execute(sets, {"number": number, "who": who})
    _record(cursor, number, past, name, {"verb": verb})


def _record(
    cursor: CursorWrapper, number: int, verb: str, actor: str, says: dict[str, Any]
) -> None:
    text = json.dumps(says)
    digest = sha256(text.encode()).hexdigest()
    about = ["service:x", "team:y"]
    at = datetime.now(UTC)
    cursor.execute(_EVENT, [f"CHG-{number}", about, verb, actor, at, text, digest])
