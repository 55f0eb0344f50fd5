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
    "service": "payments-api",
    "environment": "production",
    "planned_start_at": "2026-11-23T09:00:00Z",
    "planned_end_at": "2026-11-23T11:00:00Z",
    "revision": "4f1c2d9",
}
_REASON = {
    "code": "freeze_active",
    "message": "production is frozen for payments-api until Mon 23 Nov 06:00 CET: Weekend freeze "
    "(nobody is there to help over the weekend).",
    "remedy": "Plan it after Mon 23 Nov 06:00 CET, or answer an open incident with an emergency "
    "change.",
    "until": "2026-11-23T05:00:00Z",
    "source": "window Weekend freeze",
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
            "reviewed_at",
            "reviewed_by",
            "ended_at",
            "ended_by",
        )
    ),
    "review": "",
    "closing_note": "",
}


def _sent(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def _answered(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


NEW_CHANGE = _sent("A normal change", _PLAN)
EDIT = _sent("A rollback plan", {"rollback_plan": "Redeploy 4.1.9; no migration is in it."})
CHANGE = OpenApiExample(
    "A change awaiting its owner's vote",
    value=_CHANGE,
    response_only=True,
    status_codes=["200", "201"],
)
PAGE = _answered(
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
                "created_at": "2026-11-18T09:30:00Z",
            }
        ],
    },
)
BALLOT = _sent("An approval", {"decision": "approve", "comment": "Tested on staging with me."})
OVERRIDE = _sent(
    "The year-end freeze, for three hours",
    {
        "reason": "Refunds are lost every hour it waits.",
        "expires_at": "2026-12-28T16:00:00Z",
        "starts_at": "2026-12-28T13:00:00Z",
        "windows": ["WIN-7"],
        "incident": "INC-17",
    },
)
CHECK = _sent("A smoke test", {"name": "smoke-test", "passed": True, "detail": "41 of 41"})
_WORDS = {
    "submit": {},
    "revise": {"note": "The migration comes first."},
    "start": {},
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
    return [_sent(verb.replace("_", " ").capitalize(), _WORDS[verb]), CHANGE]


_QUESTION = {"service": "payments-api", "environment": "production", "revision": "4f1c2d9"}
_WAIT: dict[str, Any] = {
    "decision": "wait",
    "decision_id": "631d87c3-b51f-47a6-83db-b033cf36edc4",
    "reasons": [_REASON],
    "warnings": [],
    "change": "CHG-1042",
    "next_allowed_at": "2026-11-23T05:00:00Z",
    "retry_after_seconds": 3600,
    "permit": None,
    "expires_at": None,
}
_ALLOW: dict[str, Any] = {
    "decision": "allow",
    "decision_id": "a55c11de-fa2c-4121-8ed4-0cc47468b756",
    "reasons": [],
    "warnings": [],
    "change": "CHG-1042",
    "next_allowed_at": "2026-11-23T09:05:00Z",
    "retry_after_seconds": None,
    "permit": "eyJhbGciOiJFZERTQSIsImtpZCI6IjA1ZTY0N2ExIn0.eyJzdWIiOiJDSEctMTA0MiJ9.YxgaKBy98Kzr",
    "expires_at": "2026-11-23T10:05:00Z",
}
GATE = [
    _sent("By revision", _QUESTION),
    _sent(
        "With its pipeline",
        {**_QUESTION, "pipeline": {"url": "https://ci.example.org/runs/77", "run_id": "77"}},
    ),
    _sent("Opening a standard change", {**_QUESTION, "open": {"template": "restart-service"}}),
    _answered("On a Friday evening", _WAIT),
    _answered("When everything holds", _ALLOW),
]
EXPLAINED = _answered(
    "On a Friday evening", {**_WAIT, "decision_id": None, "at": "2026-11-20T17:00:00Z"}
)
LOGGED = _answered(
    "On a Friday evening",
    {
        "decision_id": _WAIT["decision_id"],
        "at": "2026-11-20T17:00:00Z",
        "asked_by": "ci",
        **_QUESTION,
        "artifact": "",
        "change": "CHG-1042",
        "decision": "wait",
        "reasons": [_REASON],
        "next_allowed_at": "2026-11-23T05:00:00Z",
        "expires_at": None,
        "pipeline": {"url": "https://ci.example.org/runs/77", "run_id": "77"},
    },
)
DEPLOYMENT = _sent("It started", {"permit": _ALLOW["permit"], "status": "started"})
ONE_OFF = _sent(
    "A one-off freeze",
    {
        "name": "Black Friday",
        "effect": "freeze",
        "reason": "the busiest day of the year",
        "scope": {"environments": ["production"], "tiers": [1, 2]},
        "starts_at": "2026-11-27T00:00:00+01:00",
        "ends_at": "2026-12-01T09:00:00+01:00",
    },
)
RECURRING = _sent(
    "A weekend freeze",
    {
        "name": "Weekend of the payments team",
        "effect": "freeze",
        "scope": {"teams": ["payments"], "except": {"standard_up_to_risk": "low"}},
        "recurrence": "FREQ=WEEKLY;BYDAY=FR",
        "start_time": "16:00",
        "duration": "PT62H",
        "time_zone": "Europe/Amsterdam",
    },
)
WINDOW_EDIT = _sent("A longer freeze", {"ends_at": "2026-12-02T09:00:00+01:00"})
