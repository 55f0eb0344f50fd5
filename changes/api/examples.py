"""Examples for the OpenAPI document: one deployment of payments-api, told from end to end."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from changes.api.approval_examples import DIGEST as _DIGEST
from changes.api.approval_examples import REQUIREMENTS, VOTES

_NO = {"allowed": False, "warnings": []}
_PLAN = {
    "title": "Deploy payments-api 4.2.0",
    "description": "Refunds are retried when the bank does not answer.",
    "implementation_plan": "Roll out by canary: 5, 25, then 100 per cent.",
    "test_plan": "Unit tests, and the refund journey on staging.",
    "rollback_plan": "Redeploy 4.1.9; no migration is in it.",
    "monitoring_plan": "Refund failures and p99 latency, for one hour.",
    "rollout": "canary",
    "rollback_proof": "rehearsed",
    "test_evidence_url": "https://ci.example.org/payments-api/runs/8812",
    "canary_steps": [5, 25, 100],
    "canary_soak_minutes": [10, 30, 30],
    "service": "payments-api",
    "environment": "production",
    "planned_start_at": "2026-11-23T09:00:00Z",
    "planned_end_at": "2026-11-23T11:00:00Z",
    "revision": "4f1c2d9",
}
_CHANGE: dict[str, Any] = {
    "ref": "CHG-1042",
    **_PLAN,
    "kind": "normal",
    "state": "awaiting_approval",
    "outcome": None,
    "justification": "",
    "impact_analysis": "",
    "security_impact": "No new input is taken, and no right is given.",
    "category": "deployment",
    "also_affects": [],
    "team": "payments",
    "required_checks": [],
    "check_runs": [],
    "tasks": [],
    "owed": [],
    "artifact": "",
    "source_url": "",
    "pull_request_url": "",
    "external_id": "",
    "template": None,
    "template_version": None,
    "incident": None,
    "author": "engineer",
    "last_editor": "engineer",
    "implementer": "engineer",
    "edition": 3,
    "plan_version": 2,
    "plan_digest": _DIGEST,
    "approval_round": 1,
    "risk": {
        "level": "medium",
        "score": 37,
        "model": 2,
        "factors": [
            {"name": "tier", "points": 30, "why": "The service is tier 1.", "remedy": ""},
            {"name": "environment", "points": 15, "why": "It goes to production.", "remedy": ""},
            {
                "name": "rollback",
                "points": -8,
                "why": "The rollback was rehearsed.",
                "remedy": "",
            },
        ],
        "newest": {"level": "medium", "score": 37},
        "lower": [
            {
                "field": "rollback_proof",
                "do": "Automate the rollback",
                "points": -2,
                "score": 35,
                "level": "medium",
                "fewer_votes": [],
            },
        ],
    },
    "requirements": REQUIREMENTS,
    "votes": VOTES,
    "checks": [],
    "conflicts": [
        {
            "ref": "CHG-1038",
            "title": "Move refunds to the new queue",
            "level": "soft",
            "why": ["needed_by"],
            "service": "refunds",
            "environment": "production",
            "state": "scheduled",
            "planned_start_at": "2026-11-23T10:00:00Z",
            "planned_end_at": "2026-11-23T12:00:00Z",
            "by": "peer",
        }
    ],
    "overrides": [],
    "hold": None,
    "verbs": {
        "cancel": {"allowed": True, "reasons": [], "warnings": []},
        "start": {
            **_NO,
            "reasons": [
                {
                    "code": "wrong_state",
                    "message": "CHG-1042 is awaiting approval; this is done while a change is "
                    "scheduled.",
                    "remedy": "Wait for the votes.",
                    "until": None,
                    "source": "lifecycle",
                }
            ],
        },
    },
    "created_at": "2026-11-18T09:30:00Z",
    "submitted_at": "2026-11-18T09:41:00Z",
    **dict.fromkeys(
        (
            "approved_at",
            "started_at",
            "started_by",
            "broke_glass_at",
            "broke_glass_by",
            "retroactively_approved_at",
            "finished_at",
            "rolled_back_at",
            "unauthorised_at",
            "reviewed_at",
            "reviewed_by",
            "ended_at",
            "ended_by",
        )
    ),
    "review": "",
    "closing_note": "",
}


def sent(name: str, value: Any) -> OpenApiExample:
    """What a caller sends."""
    return OpenApiExample(name, value=value, request_only=True)


def answered(name: str, value: Any, status: int = 200) -> OpenApiExample:
    """What it is answered."""
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


NEW_CHANGE = sent("A normal change", _PLAN)
EDIT = sent("A rollback plan", {"rollback_plan": "Redeploy 4.1.9; no migration is in it."})
CHANGE = OpenApiExample(
    "A change awaiting its owner's vote",
    value=_CHANGE,
    response_only=True,
    status_codes=["200", "201"],
)
PAGE = answered(
    "One page",
    {
        "next": None,
        "previous": None,
        "count": "1",
        "results": [
            {
                "ref": "CHG-1042",
                "title": _PLAN["title"],
                "kind": "normal",
                "state": "awaiting_approval",
                "outcome": None,
                "risk_level": "medium",
                "service": "payments-api",
                "environment": "production",
                "team": "payments",
                "author": "engineer",
                "implementer": "engineer",
                "planned_start_at": "2026-11-23T09:00:00Z",
                "planned_end_at": "2026-11-23T11:00:00Z",
                "held_at": None,
                "unauthorised_at": None,
                "created_at": "2026-11-18T09:30:00Z",
            }
        ],
    },
)
BALLOT = sent("An approval", {"decision": "approve", "comment": "Tested on staging with me."})
OVERRIDE = sent(
    "The year-end freeze, for three hours",
    {
        "reason": "Refunds are lost every hour it waits.",
        "expires_at": "2026-12-28T16:00:00Z",
        "starts_at": "2026-12-28T13:00:00Z",
        "windows": ["WIN-7"],
        "incident": "INC-17",
    },
)
CHECK = sent("A smoke test", {"name": "smoke-test", "passed": True, "detail": "41 of 41"})
_WORDS = {
    "submit": {},
    "revise": {"note": "The migration comes first."},
    "start": {},
    "retry": {},
    "break_glass": {"reason": "Payments are down and nobody of the ECAB answers."},
    "finish": {"note": "All at 100 per cent."},
    "roll_back": {"note": "Refund failures doubled at 25 per cent."},
    "review": {"text": "The canary ran without load. It will be sent a share of refunds."},
    "close": {"outcome": "successful", "note": "No failures in one hour."},
    "cancel": {"reason": "Replaced by CHG-1050."},
    "hold": {"reason": "The bank has maintenance tonight."},
    "resume": {"note": "The bank is done."},
}


def of_verb(verb: str) -> list[OpenApiExample]:
    """What is sent with a verb, and the change it answers with."""
    return [sent(verb.replace("_", " ").capitalize(), _WORDS[verb]), CHANGE]
