"""What pages call the fields of a change and the words stored in them."""

from typing import Final

from changes.models.choices import (
    Category,
    KindWord,
    OutcomeWord,
    RiskWord,
    RollbackProof,
    Rollout,
    StateWord,
)
from changes.models.rule import AuthorityWord
from changes.policies.facts import Authority, Need
from changes.policies.reasons import either

LABELS: Final[dict[str, str]] = {
    "kind": "Kind",
    "title": "Title",
    "description": "Description",
    "justification": "Justification",
    "impact_analysis": "Risk and impact",
    "security_impact": "Security",
    "category": "Category",
    "service": "Service",
    "environment": "Environment",
    "also_affects": "Also affects",
    "implementation_plan": "Implementation",
    "test_plan": "Test",
    "rollback_plan": "Rollback",
    "monitoring_plan": "Monitoring",
    "rollout": "Rollout",
    "rollback_proof": "Rollback tried",
    "test_evidence_url": "Test evidence",
    "canary_steps": "Canary steps",
    "canary_soak_minutes": "Soak of each step",
    "required_checks": "Required checks",
    "work": "Tasks to implement",
    "planned_start_at": "Planned start",
    "planned_end_at": "Planned end",
    "implementer": "Implementer",
    "revision": "Revision",
    "artifact": "Artifact",
    "pull_request_url": "Pull request",
    "source_url": "Source",
    "external_id": "External id",
    "template": "Template",
    "incident": "Incident",
    "assignee": "Assignee",
    "position": "Place",
}
INSTANTS: Final = frozenset({"planned_start_at", "planned_end_at"})

_CHOICES: Final = {
    "kind": KindWord,
    "category": Category,
    "rollout": Rollout,
    "rollback_proof": RollbackProof,
    "state": StateWord,
    "outcome": OutcomeWord,
    "risk_level": RiskWord,
    "authority": AuthorityWord,
}


def label_of(name: str) -> str:
    """How pages call a field; a field without a name of its own is called by its column."""
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def spoken(name: str, value: object) -> str:
    """A stored word as people read it; lists are joined, nothing is the empty string."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    choices = _CHOICES.get(name)
    if choices is not None and value in choices.values:
        return str(choices(value).label)
    return str(value)


def whom(need: Need) -> str:
    """Whom a need asks for, as a heading: `CAB`, `Group DBA`, `ada or linus`."""
    if need.authority is Authority.GROUP:
        return f"Group {need.group}"
    if need.authority is Authority.PEOPLE:
        return either(sorted(need.people))
    return str(AuthorityWord(need.authority).label)


def held(key: str) -> str:
    """What a vote was cast as, from the key kept with it."""
    authority, _, named = key.partition(":")
    if authority == Authority.GROUP and named:
        return f"group {named}"
    if authority == Authority.PEOPLE and named:
        return f"one of those named in “{named}”"
    return inside(str(AuthorityWord(key).label)) if key in AuthorityWord.values else key


def inside(label: str) -> str:
    """A label inside a sentence keeps its capitals only where it is an abbreviation."""
    return label if label.isupper() else label[0].lower() + label[1:]
