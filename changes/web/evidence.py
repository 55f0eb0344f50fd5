"""A change as evidence: what it is, what was voted, and the timeline with its digests."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from changes.models import PlanVersion, Vote
from changes.queries import NoSuchChange
from changes.queries.evidence import evidence
from changes.queries.whole import Whole, whole
from changes.web.reader import no_such_change, reader
from ledger.decision import rfc3339
from ledger.models import Event


@login_required
@require_safe
def export(request: HttpRequest, ref: str) -> HttpResponse:
    """A JSON file that an auditor can keep."""
    now = timezone.now()
    try:
        found = whole(ref=ref, actor=reader(request), now=now)
    except NoSuchChange:
        return no_such_change(request, ref=ref)
    answer = JsonResponse(
        pack(found, now=now), json_dumps_params={"indent": 2, "ensure_ascii": False}
    )
    answer["Content-Disposition"] = f'attachment; filename="{found.change.ref}-evidence.json"'
    return answer


def pack(found: Whole, *, now: datetime) -> dict[str, Any]:
    """Everything known about a change; `counts` must match the lists."""
    change, behind = found.change, evidence(found.change)
    return {
        "ref": change.ref,
        "title": change.title,
        "kind": change.kind,
        "service": change.service.slug,
        "environment": change.environment.slug,
        "state": change.state,
        "outcome": change.outcome or None,
        "exported_at": rfc3339(now),
        "plan_digest": change.plan_digest,
        "risk": {
            "level": change.risk_level,
            "score": change.risk_score,
            "factors": change.risk_factors,
        },
        "counts": {
            "plans": len(behind.versions),
            "votes": len(found.votes),
            "events": len(behind.events),
        },
        "plans": [_plan(version) for version in behind.versions],
        "votes": [_vote(vote) for vote in found.votes],
        "timeline": [_event(event) for event in behind.events],
    }


def _plan(version: PlanVersion) -> dict[str, Any]:
    return {
        "version": version.version,
        "digest": version.digest,
        "written_by": version.written_by.username,
        "written_at": rfc3339(version.written_at),
        "fields": version.fields,
    }


def _vote(vote: Vote) -> dict[str, Any]:
    return {
        "round": vote.round,
        "voter": vote.voter.username,
        "decision": vote.decision,
        "authorities": vote.authorities,
        "comment": vote.comment,
        "plan_digest": vote.plan_digest,
        "cast_at": rfc3339(vote.cast_at),
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "subject": event.subject,
        "position": event.position,
        "at": rfc3339(event.at),
        "verb": event.verb,
        "actor": event.actor,
        "about": event.about,
        "data": event.data,
        "content_digest": event.content_digest,
        "previous_digest": event.previous_digest,
        "digest": event.digest,
    }
