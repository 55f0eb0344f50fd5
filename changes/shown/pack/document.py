"""An evidence pack as one document: what is downloaded as JSON, and what the page shows. Pure.

# Note [Digest of a pack]
`content_digest` is SHA-256 over the canonical JSON of the document without `content_digest`,
`exported_at` and `exported_by`: the same evidence has the same digest whoever takes it when, in the
page and in the file.
"""

from datetime import datetime
from typing import Any, Final

from changes.models import Change
from changes.queries.packs import Pack
from changes.shown.pack import parts
from changes.shown.pack.claims import Claims, claims, filled
from changes.shown.pack.controls import Control, controls
from changes.shown.pack.parts import name_of
from changes.shown.pack.proofs import Proof, proofs
from changes.shown.pack.sealed import seals
from ledger.canonical import sha256_hex
from ledger.decision import rfc3339

FORMAT: Final = "tidegate-evidence/1"
PEOPLE: Final = (
    "author",
    "last_editor",
    "implementer",
    "started_by",
    "broke_glass_by",
    "held_by",
    "reviewed_by",
    "ended_by",
)
DEEDS: Final = {
    "submitted_by": "change.submitted",
    "finished_by": "change.finished",
    "rolled_back_by": "change.rolled_back",
}
INSTANTS: Final = (
    "created_at",
    "submitted_at",
    "approved_at",
    "planned_start_at",
    "planned_end_at",
    "started_at",
    "broke_glass_at",
    "retroactively_approved_at",
    "finished_at",
    "rolled_back_at",
    "reviewed_at",
    "ended_at",
)


def document(pack: Pack, *, by: str, now: datetime) -> dict[str, Any]:
    """Everything known about a change; `counts` must match the lists."""
    proved = proofs(pack)
    claimed = claims(pack, proved)
    told = {
        "format": FORMAT,
        **_head(pack),
        "approval": _approval(claimed),
        "template_version": parts.template(pack.template_version),
        **_lists(pack),
        "seals": seals(pack),
        "proofs": [_proof(one) for one in proved],
        "controls": [_control(one) for one in controls(claimed)],
    }
    told["counts"] = {name: len(told[name]) for name in _COUNTED}
    return {
        **told,
        "content_digest": sha256_hex(told),
        "exported_at": rfc3339(now),
        "exported_by": by,
    }


_COUNTED: Final = (
    "plans",
    "requirements",
    "votes",
    "gate",
    "permits",
    "deployments",
    "steps",
    "tasks",
    "checks",
    "windows",
    "overrides",
    "incidents",
    "messages",
    "timeline",
    "seals",
)


def _head(pack: Pack) -> dict[str, Any]:
    change = pack.change
    return {
        "ref": change.ref,
        "title": change.title,
        "kind": change.kind,
        "category": change.category,
        "service": change.service.slug,
        "also_affects": pack.affected,
        "environment": change.environment.slug,
        "team": change.team.slug,
        "template": change.template.slug if change.template else None,
        "state": change.state,
        "outcome": change.outcome or None,
        "closing_note": change.closing_note,
        "review": change.review,
        "hold_reason": change.hold_reason,
        "links": {
            name: getattr(change, name)
            for name in ("source_url", "pull_request_url", "test_evidence_url", "external_id")
        },
        "people": {**{name: name_of(getattr(change, name)) for name in PEOPLE}, **_did(pack)},
        "names": _names(pack),
        "times": {name: rfc3339(getattr(change, name)) for name in INSTANTS},
        "plan_version": change.plan_version,
        "plan_digest": change.plan_digest,
        "risk": _risk(change),
    }


def _did(pack: Pack) -> dict[str, str | None]:
    """Who did what no column names, as the events have it: the last one to do it."""
    did = {event.verb: event.actor for event in pack.events if event.subject == pack.change.ref}
    return {name: did.get(verb) for name, verb in DEEDS.items()}


def _risk(change: Change) -> dict[str, Any]:
    return {
        "level": change.risk_level,
        "score": change.risk_score,
        "model": change.risk_model,
        "factors": change.risk_factors,
    }


def _names(pack: Pack) -> dict[str, str]:
    """Who is behind each username, of those that rows name."""
    rows = [
        *(getattr(pack.change, name) for name in PEOPLE),
        *(vote.voter for vote in pack.votes),
        *(vote.on_behalf_of for vote in pack.votes),
        *(version.written_by for version in pack.versions),
        *(check.reported_by for check in pack.checks),
        *(deployment.reported_by for deployment in pack.deployments),
    ]
    found = {row.username: row.label for row in rows if row is not None}
    return dict(sorted(found.items()))


def _approval(claimed: Claims) -> dict[str, Any]:
    """The plan as approved, by version and digest; `holds` where nobody's vote is missing."""
    change = claimed.pack.change
    found = claimed.approval
    return {
        "holds": found.holds,
        "words": found.words,
        "approvers": list(found.approvers),
        "plan_version": change.plan_version if found.holds else None,
        "plan_digest": change.plan_digest if found.holds else None,
        "approved_at": rfc3339(change.approved_at or change.retroactively_approved_at),
    }


def _lists(pack: Pack) -> dict[str, Any]:
    seats = filled(pack)
    return {
        "plans": parts.plans(pack.versions),
        "requirements": [parts.requirement(row, seats) for row in pack.requirements],
        "votes": [parts.vote(row, pack) for row in pack.votes],
        "gate": [parts.answer(row) for row in pack.answers],
        "permits": parts.permits(pack),
        "deployments": [parts.deployment(row) for row in pack.deployments],
        "steps": [parts.step(row) for row in pack.steps],
        "tasks": [parts.task(row) for row in pack.tasks],
        "checks": [parts.check(row) for row in pack.checks],
        "windows": parts.windows(pack.events),
        "overrides": [parts.override(row) for row in pack.overrides],
        "incidents": parts.incidents(pack),
        "messages": [
            {
                "receiver": one.receiver,
                "channel": one.channel,
                "status": one.status,
                "count": one.count,
            }
            for one in pack.sent
        ],
        "timeline": [parts.event(row) for row in pack.events],
    }


def _proof(one: Proof) -> dict[str, Any]:
    return {"what": one.what, "count": one.count, "holds": one.holds, "faults": list(one.faults)}


def _control(one: Control) -> dict[str, Any]:
    return {
        "name": one.name,
        "asks": one.asks,
        "shown": one.shown,
        "applying": one.applying,
        "points": [
            {
                "what": point.what,
                "standing": str(point.standing),
                "why": point.why,
                "section": point.section,
            }
            for point in one.points
        ],
    }
