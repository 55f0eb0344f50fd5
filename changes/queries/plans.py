"""The material part of a change: what votes are cast on, its digest, and what changed since."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from changes.models import Change, PlanVersion, Vote
from ledger.canonical import sha256_hex
from ledger.decision import rfc3339

TEXTS = (
    "description",
    "justification",
    "impact_analysis",
    "security_impact",
    "implementation_plan",
    "test_plan",
    "rollback_plan",
    "monitoring_plan",
)
PLAIN = ("kind", "category", "rollout", "canary_steps", "required_checks", "revision", "artifact")
# What came later is told only where it says something: plans of before keep their digest.
ADDED = ("rollback_proof", "test_evidence_url", "security_impact", "canary_soak_minutes")
WORK = "work"  # what its tasks of the kind implement say
MATERIAL = (
    *TEXTS,
    *PLAIN,
    *(name for name in ADDED if name not in TEXTS),
    WORK,
    "service",
    "also_affects",
    "environment",
    "planned_start_at",
    "planned_end_at",
    "template",
    "incident",
    "implementer",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a plan, before and after, as text."""

    name: str
    before: str
    after: str


def material(
    change: Change, *, also_affects: list[str], work: Sequence[str] = ()
) -> dict[str, Any]:
    """The material fields by name, slugs and refs instead of keys, ready for canonical JSON.

    `work` is what is to be implemented; see Note [Tasks in the plan] in `changes.lifecycle.tasks`.
    """
    return {
        **{name: getattr(change, name) for name in (*TEXTS, *PLAIN) if name not in ADDED},
        **{name: value for name in ADDED if (value := getattr(change, name))},
        **({WORK: list(work)} if work else {}),
        "service": change.service.slug,
        "also_affects": sorted(also_affects),
        "environment": change.environment.slug,
        "planned_start_at": rfc3339(change.planned_start_at),
        "planned_end_at": rfc3339(change.planned_end_at),
        "template": change.template.slug if change.template else None,
        "incident": change.incident.ref if change.incident else None,
        "implementer": change.implementer.username if change.implementer else None,
    }


def plan_digest(fields: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of the material fields, as 64 hex digits."""
    return sha256_hex(fields)


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """What changed between two plans, in the order plans are read."""
    return [
        Difference(name, _text(before.get(name)), _text(after.get(name)))
        for name in MATERIAL
        if _text(before.get(name)) != _text(after.get(name))
    ]


def since_last_approval(*, change: Change) -> list[Difference]:
    """How the plan differs from what somebody last approved; empty when nobody did."""
    vote = Vote.objects.filter(change=change, decision=Vote.Word.APPROVE).order_by("-id").first()
    if vote is None or vote.plan_digest == change.plan_digest:
        return []
    versions = PlanVersion.objects.filter(change=change)
    then = versions.filter(digest=vote.plan_digest).order_by("-version").first()
    now = versions.order_by("-version").first()
    return differences(then.fields, now.fields) if then and now else []


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)
