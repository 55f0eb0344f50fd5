"""Examples of the gate: what is asked, what it answers, who waits, what is reported."""

from typing import Any

from changes.api.examples import answered, sent

_REASON = {
    "code": "freeze_active",
    "message": "production is frozen for payments-api until Mon 23 Nov 06:00 CET: Weekend freeze "
    "(nobody is there to help over the weekend).",
    "remedy": "Plan it after Mon 23 Nov 06:00 CET, or answer an open incident with an emergency "
    "change.",
    "until": "2026-11-23T05:00:00Z",
    "source": "window Weekend freeze",
}
_QUESTION = {"service": "payments-api", "environment": "production", "revision": "4f1c2d9"}
_WAIT: dict[str, Any] = {
    "decision": "wait",
    "decision_id": "631d87c3-b51f-47a6-83db-b033cf36edc4",
    "reasons": [_REASON],
    "warnings": [],
    "change": "CHG-1042",
    "next_allowed_at": "2026-11-23T05:00:00Z",
    "next_allowed_says": "",
    "retry_after_seconds": 3600,
    "permit": None,
    "expires_at": None,
    "queue": {
        "id": 41,
        "place": 3,
        "of": 12,
        "message": "3rd of 12 waiting for production",
        "callback_secret": None,
    },
}
_ALLOW: dict[str, Any] = {
    "decision": "allow",
    "decision_id": "a55c11de-fa2c-4121-8ed4-0cc47468b756",
    "reasons": [],
    "warnings": [],
    "change": "CHG-1042",
    "next_allowed_at": "2026-11-23T09:05:00Z",
    "next_allowed_says": "",
    "retry_after_seconds": None,
    "permit": "eyJhbGciOiJFZERTQSIsImtpZCI6IjA1ZTY0N2ExIn0.eyJzdWIiOiJDSEctMTA0MiJ9.YxgaKBy98Kzr",
    "expires_at": "2026-11-23T10:05:00Z",
    "queue": None,
}
GATE = [
    sent("By revision", _QUESTION),
    sent(
        "With its pipeline",
        {
            **_QUESTION,
            "pipeline": {"url": "https://ci.example.org/runs/77", "run_id": "77", "attempt": 1},
        },
    ),
    sent("Opening a standard change", {**_QUESTION, "open": {"template": "restart-service"}}),
    sent(
        "Opening and starting it",
        {
            **_QUESTION,
            "open": {"template": "restart-service", "start": True},
            "pipeline": {"run_id": "77"},
        },
    ),
    answered("On a Friday evening", _WAIT),
    answered("When everything holds", _ALLOW),
]
EXPLAINED = answered(
    "On a Friday evening",
    {
        **_WAIT,
        "decision_id": None,
        "queue": None,
        "at": "2026-11-20T17:00:00Z",
        "rules": [
            {"name": "It is scheduled", "holds": True, "reasons": []},
            {"name": "No freeze holds", "holds": False, "reasons": [_REASON]},
        ],
        "who": {"freeze_active": {"groups": ["Change managers"], "people": ["manager"]}},
        "notes": [],
    },
)
POLLED = answered(
    "On a Friday evening",
    {
        **_WAIT,
        "at": "2026-11-20T17:00:00Z",
        "asked_by": "ci",
        **_QUESTION,
        "artifact": "",
        "pipeline": {"url": "https://ci.example.org/runs/77", "run_id": "77", "attempt": 1},
    },
)
DEPLOYMENT = sent("It started", {"permit": _ALLOW["permit"], "status": "started"})
STEP = sent("A step of a canary", {"permit": _ALLOW["permit"], "status": "step", "percent": 25})
QUEUE = answered(
    "A run that waits for production",
    {
        "id": 39,
        "environment": "production",
        "service": "payments-api",
        "change": "CHG-1042",
        "revision": "4f1c2d9",
        "run_id": "77",
        "asked_by": "ci",
        "joined_at": "2026-11-20T16:02:00Z",
        "asked_at": "2026-11-20T17:00:00Z",
        "released_at": None,
        "held_until": None,
        "expires_at": "2026-11-20T19:00:00Z",
        "left_at": None,
        "left_because": "",
    },
)
