"""The parts of an evidence pack, as plain objects for JSON. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from catalog.models import User
from changes.models import (
    Check,
    Deployment,
    GateAnswer,
    Override,
    PlanVersion,
    Requirement,
    RolloutStep,
    Task,
    TemplateVersion,
    Vote,
)
from changes.queries.agreement import need_of
from changes.queries.packs import Pack
from changes.queries.plans import differences
from changes.shown.pack.claims import counts
from changes.shown.words import held, whom
from incidents.models import Incident
from ledger.decision import rfc3339
from ledger.models import Event

#: Where an event keeps what windows said, and what came of it.
SAID: Final = {"reasons": "refused", "warnings": "warned", "would_have": "shadow"}
OPENED: Final = frozenset({"freeze_overridden"})


def name_of(user: User | None) -> str | None:
    return user.username if user else None


def plans(versions: list[PlanVersion]) -> list[dict[str, Any]]:
    """Each version word for word, with how it differs from the one before."""
    before: dict[str, Any] | None = None
    told = []
    for one in versions:
        told.append(
            {
                "version": one.version,
                "digest": one.digest,
                "written_by": one.written_by.username,
                "written_at": rfc3339(one.written_at),
                "risk": one.risk,
                "fields": one.fields,
                "differs": []
                if before is None
                else [
                    {"field": diff.name, "before": diff.before, "after": diff.after}
                    for diff in differences(before, one.fields)
                ],
            }
        )
        before = one.fields
    return told


def requirement(row: Requirement, seats: Mapping[int, list[str]]) -> dict[str, Any]:
    """What one rule asked; `seats` are of the round that counts."""
    return {
        "round": row.round,
        "stage": row.stage,
        "rule": row.rule,
        "authority": row.authority,
        "asked_of": whom(need_of(row)),
        "count": row.count,
        "percent": row.percent,
        "asked_at": rfc3339(row.asked_at),
        "counts": row.pk in seats,
        "filled_by": seats.get(row.pk, []),
    }


def vote(row: Vote, pack: Pack) -> dict[str, Any]:
    """A vote, the digest it was cast on, and whether it counts for the plan as it stands."""
    return {
        "round": row.round,
        "voter": row.voter.username,
        "on_behalf_of": row.on_behalf_of.username if row.on_behalf_of else None,
        "decision": row.decision,
        "authorities": row.authorities,
        "spoke_as": [held(one) for one in row.authorities],
        "authenticated_by": row.authenticated_by or None,
        "comment": row.comment,
        "plan_digest": row.plan_digest,
        "cast_at": rfc3339(row.cast_at),
        "authenticated": row.get_authenticated_by_display() or "not recorded",
        "counts": counts(row, pack),
    }


def answer(row: GateAnswer) -> dict[str, Any]:
    """What the gate said; the id is that of the permit, where it gave one."""
    return {
        "decision_id": str(row.id),
        "at": rfc3339(row.at),
        "asked_by": row.asked_by,
        "service": row.service,
        "environment": row.environment,
        "revision": row.revision,
        "artifact": row.artifact,
        "change": row.change,
        "decision": row.decision,
        "reasons": row.reasons,
        "next_allowed_at": rfc3339(row.next_allowed_at),
        "pipeline_url": row.pipeline_url,
        "run_id": row.run_id,
    }


def permits(pack: Pack) -> list[dict[str, Any]]:
    """Permits by id, never their text, and which deployment used each up."""
    started = [one for one in pack.deployments if one.status == Deployment.Status.STARTED]
    used = {one.permit_id: one for one in started if one.permit_id}
    return [
        {
            "permit_id": str(row.id),
            "given_at": rfc3339(row.at),
            "expires_at": rfc3339(row.permit_expires_at),
            "used_at": rfc3339(used[str(row.id)].at) if str(row.id) in used else None,
        }
        for row in pack.answers
        if row.permit_expires_at is not None
    ]


def deployment(row: Deployment) -> dict[str, Any]:
    return {
        "status": row.status,
        **({"percent": row.percent} if row.percent is not None else {}),
        "at": rfc3339(row.at),
        "detail": row.detail,
        "permit_id": row.permit_id or None,
        "reported_by": row.reported_by.username,
        "reported_at": rfc3339(row.reported_at),
    }


def step(row: RolloutStep) -> dict[str, Any]:
    """How far a step of a canary went, how it was decided, and by which figures."""
    return {
        "percent": row.percent,
        "soak_seconds": round(row.soak.total_seconds()),
        "state": row.state,
        "began_at": rfc3339(row.began_at),
        "stable_at": rfc3339(row.stable_at),
        "ended_at": rfc3339(row.ended_at),
        "detail": row.detail,
        "figures": row.evidence.get("figures", []),
        "seen": row.evidence.get("seen", {}),
    }


def task(row: Task) -> dict[str, Any]:
    """What there was to do, who did it or waived it, and why."""
    return {
        "number": row.number,
        "kind": row.kind,
        "title": row.title,
        "assignee": name_of(row.assignee),
        "planned_start_at": rfc3339(row.planned_start_at),
        "planned_end_at": rfc3339(row.planned_end_at),
        "state": row.state,
        "reason": row.reason,
        "ended_by": name_of(row.ended_by),
        "ended_at": rfc3339(row.ended_at),
    }


def check(row: Check) -> dict[str, Any]:
    return {
        "name": row.name,
        "passed": row.passed,
        "detail": row.detail,
        "url": row.url,
        "reported_by": row.reporter,
        "reported_at": rfc3339(row.reported_at),
        "evidence": row.evidence,
    }


def override(row: Override) -> dict[str, Any]:
    """A freeze that was opened: who asked, who agreed, why, until when, and the review."""
    return {
        "ref": row.ref,
        "windows": [
            {"ref": ref, "name": name} for ref, name in zip(row.windows, row.names, strict=True)
        ],
        "reason": row.reason,
        "incident": row.incident.ref if row.incident else None,
        "roles": row.roles,
        "starts_at": rfc3339(row.starts_at),
        "expires_at": rfc3339(row.expires_at),
        "requested_by": row.requested_by.username,
        "requested_at": rfc3339(row.requested_at),
        "confirmed_by": name_of(row.confirmed_by),
        "confirmed_at": rfc3339(row.confirmed_at),
        "withdrawn_by": name_of(row.withdrawn_by),
        "withdrawn_at": rfc3339(row.withdrawn_at),
        "withdrawal": row.withdrawal,
        "review_due_at": rfc3339(row.review_due_at),
        "reviewed_by": name_of(row.reviewed_by),
        "reviewed_at": rfc3339(row.reviewed_at),
        "review": row.review,
    }


def template(row: TemplateVersion | None) -> dict[str, Any] | None:
    """The version of the template it was filed from, and who agreed to that."""
    if row is None:
        return None
    return {
        "slug": row.template.slug,
        "version": row.number,
        "says": row.says,
        "proposed_by": name_of(row.proposed_by),
        "proposed_at": rfc3339(row.proposed_at),
        "decided_by": name_of(row.decided_by),
        "decided_at": rfc3339(row.decided_at),
        "comment": row.comment,
    }


def windows(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Each thing a window said of the change, once, with when first and how often."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for event in events:
        for part, came in SAID.items():
            for said in event.data.get(part) or ():
                if not _of_a_window(said):
                    continue
                word = "overridden" if said["code"] in OPENED else came
                key = (str(said.get("source")), word, str(said.get("message")))
                seen = found.setdefault(
                    key,
                    {
                        "source": key[0],
                        "came_of_it": word,
                        "message": key[2],
                        "until": said.get("until"),
                        "first_at": rfc3339(event.at),
                        "first_in": event.verb,
                        "times": 0,
                    },
                )
                seen["times"] += 1
    return list(found.values())


def incidents(pack: Pack) -> list[dict[str, Any]]:
    """Those it answers or was overridden for, and major ones that came soon after it started."""
    change = pack.change
    linked = [("answers", change.incident)] if change.incident else []
    linked += [("override", row.incident) for row in pack.overrides if row.incident]
    linked += [("followed_within_24_hours", row) for row in pack.followed]
    return [_incident(row, relation) for relation, row in dict.fromkeys(linked)]


def _incident(row: Incident, relation: str) -> dict[str, Any]:
    return {
        "ref": row.ref,
        "title": row.title,
        "relation": relation,
        "severity": row.severity,
        "state": row.state,
        "declared_at": rfc3339(row.declared_at),
    }


def event(row: Event) -> dict[str, Any]:
    """All that its digest is made from, so that it can be computed again from the pack."""
    return {
        "id": row.pk,
        "subject": row.subject,
        "position": row.position,
        "at": rfc3339(row.at),
        "verb": row.verb,
        "actor": row.actor,
        "about": row.about,
        "data": row.data,
        "content_digest": row.content_digest,
        "previous_digest": row.previous_digest,
        "digest": row.digest,
    }


def _of_a_window(said: Mapping[str, Any]) -> bool:
    return str(said.get("source", "")).startswith("window ") or said.get("code") in OPENED
