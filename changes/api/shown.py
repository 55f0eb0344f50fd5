"""Changes as plain objects for JSON; their shapes are told in `changes.api.shapes`."""

from datetime import datetime
from typing import Any

from catalog.models import User
from changes.api import check_shapes, override_shapes, task_shapes
from changes.models import Change, Check, Vote
from changes.policies import Facts, filling
from changes.policies.conflicts import Met
from changes.policies.facts import Need
from changes.queries import owed
from changes.queries.listed import Listed
from changes.queries.whole import Whole, decisions, requirements
from changes.shown.words import whom
from ledger.decision import rfc3339
from ledger.models import Event

_AS_IT_IS = (
    "ref",
    "title",
    "kind",
    "state",
    "description",
    "justification",
    "impact_analysis",
    "security_impact",
    "category",
    "implementation_plan",
    "test_plan",
    "rollback_plan",
    "monitoring_plan",
    "rollout",
    "rollback_proof",
    "test_evidence_url",
    "canary_steps",
    "canary_soak_minutes",
    "required_checks",
    "revision",
    "artifact",
    "source_url",
    "pull_request_url",
    "external_id",
    "edition",
    "plan_version",
    "plan_digest",
    "approval_round",
    "review",
    "closing_note",
)
_INSTANTS = (
    "planned_start_at",
    "planned_end_at",
    "created_at",
    "submitted_at",
    "approved_at",
    "started_at",
    "broke_glass_at",
    "retroactively_approved_at",
    "finished_at",
    "rolled_back_at",
    "unauthorised_at",
    "reviewed_at",
    "ended_at",
)
_PEOPLE = (
    "author",
    "last_editor",
    "implementer",
    "started_by",
    "broke_glass_by",
    "reviewed_by",
    "ended_by",
)


def change(whole: Whole, *, now: datetime) -> dict[str, Any]:
    """`ChangeShown`."""
    row = whole.change
    return {
        **{name: getattr(row, name) for name in _AS_IT_IS},
        **{name: rfc3339(getattr(row, name)) for name in _INSTANTS},
        **{name: _username(getattr(row, name)) for name in _PEOPLE},
        "outcome": row.outcome or None,
        "service": row.service.slug,
        "also_affects": whole.affected,
        "team": row.team.slug,
        "environment": row.environment.slug,
        "template": row.template.slug if row.template else None,
        "template_version": row.template_version,
        "incident": row.incident.ref if row.incident else None,
        "risk": _risk(whole),
        "hold": _hold(row),
        "requirements": _requirements(whole.facts),
        "votes": [vote(one) for one in whole.votes],
        "checks": [check(one) for one in whole.checks],
        "conflicts": [conflict(one) for one in whole.conflicts],
        "overrides": [override_shapes.shown(one, now=now) for one in whole.overrides],
        "check_runs": check_shapes.shown(whole.facts),
        "tasks": task_shapes.shown(whole.facts, now=now),
        "owed": [
            {"owes": str(duty.owes), "due_at": rfc3339(duty.due_at)} for duty in owed.of_change(row)
        ],
        "verbs": {
            verb: decision.as_json() for verb, decision in decisions(whole.facts, now=now).items()
        },
    }


def _requirements(facts: Facts) -> list[dict[str, Any]]:
    """`RequirementShown`, for each."""
    found = requirements(facts)
    asked = filling.asked(facts.needs, [names for _, names in found])
    return [{**need_shown(need), "asked": need in asked, "votes": names} for need, names in found]


def need_shown(need: Need) -> dict[str, Any]:
    """What a requirement says of itself."""
    return {
        "authority": str(need.authority),
        "who": whom(need),
        "group": need.group,
        "people": sorted(need.people),
        "count": need.count,
        "percent": need.percent,
        "stage": need.stage,
        "escalated_to": whom(need.also) if need.also else None,
        "rule": need.rule,
    }


def listed(row: Listed) -> dict[str, Any]:
    """`ChangeListed`."""
    return {
        "ref": row.ref,
        "title": row.title,
        "kind": row.kind,
        "state": row.state,
        "outcome": row.outcome or None,
        "risk_level": row.risk_level,
        "service": row.service.slug,
        "environment": row.environment.slug,
        "team": row.team.slug,
        "author": row.author.username,
        "implementer": row.implementer.username if row.implementer else None,
        "planned_start_at": rfc3339(row.planned_start_at),
        "planned_end_at": rfc3339(row.planned_end_at),
        "held_at": rfc3339(row.held_at),
        "unauthorised_at": rfc3339(row.unauthorised_at),
        "created_at": rfc3339(row.created_at),
    }


def vote(cast: Vote) -> dict[str, Any]:
    """`VoteShown`."""
    return {
        "voter": cast.voter.username,
        "on_behalf_of": cast.on_behalf_of.username if cast.on_behalf_of else None,
        "decision": cast.decision,
        "comment": cast.comment,
        "authorities": cast.authorities,
        "round": cast.round,
        "plan_digest": cast.plan_digest,
        "cast_at": rfc3339(cast.cast_at),
        "authenticated_by": cast.authenticated_by,
    }


def check(report: Check) -> dict[str, Any]:
    """`CheckShown`."""
    return {
        "name": report.name,
        "passed": report.passed,
        "detail": report.detail,
        "url": report.url,
        "reported_by": report.reporter,
        "reported_at": rfc3339(report.reported_at),
        "evidence": report.evidence or None,
    }


def conflict(met: Met) -> dict[str, Any]:
    """`ConflictShown`."""
    return {
        "ref": met.ref,
        "title": met.title,
        "level": met.level,
        "why": [str(why) for why in met.why],
        "service": met.service,
        "environment": met.environment,
        "state": met.state,
        "planned_start_at": rfc3339(met.planned.starts_at),
        "planned_end_at": rfc3339(met.planned.ends_at),
        "by": met.by,
    }


def event(row: Event) -> dict[str, Any]:
    """`EventShown`."""
    return {
        "position": row.position,
        "at": rfc3339(row.at),
        "verb": row.verb,
        "actor": row.actor,
        "data": row.data,
        "digest": row.digest,
    }


def _risk(whole: Whole) -> dict[str, Any]:
    """The risk as it was kept, as it would be now, and what would lower it."""
    row, now = whole.change, whole.risk
    return {
        "level": row.risk_level,
        "score": row.risk_score,
        "model": row.risk_model,
        "factors": row.risk_factors,
        "newest": {"level": str(now.level), "score": now.score} if now else None,
        "lower": [
            {
                "field": one.what.field,
                "do": one.what.do,
                "points": one.what.points,
                "score": one.what.score,
                "level": str(one.what.level),
                "fewer_votes": [
                    {"authority": str(need.authority), "who": whom(need), "count": count}
                    for need, count in one.fewer
                ],
            }
            for one in whole.lower
        ],
    }


def _username(user: User | None) -> str | None:
    return user.username if user else None


def _hold(row: Change) -> dict[str, Any] | None:
    if row.held_at is None or row.held_by is None:
        return None
    return {"by": row.held_by.username, "at": rfc3339(row.held_at), "reason": row.hold_reason}
