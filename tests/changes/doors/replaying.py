"""Requests of ServiceNow's DevOps actions, as the real ones sent them, replayed.

What the actions do with each answer was seen by running those of November 2026 against a live
Tidegate.
"""

import json
from pathlib import Path
from typing import Any

from django.test import Client

from tests.changes.doors.knocking import basic, token

CAPTURED = json.loads((Path(__file__).parent / "servicenow_actions.json").read_text())
CONTROL, STATUS, CONTROL_BASIC, STATUS_BASIC, INFO = CAPTURED


def replay(captured: dict[str, Any], secret: str, **body: Any) -> Any:
    """A captured request with our token in it; `body` replaces what it says."""
    shown = captured["headers"]["Authorization"]
    shown = basic("ci", secret) if shown.startswith("Basic") else shown.replace("SECRET", secret)
    told = {**(captured["body"] or {}), **body}
    return Client().generic(
        captured["method"],
        captured["path"],
        json.dumps(told) if captured["body"] else "",
        content_type="application/json",
        headers={**captured["headers"], "Authorization": shown},
    )


def asked(secret: str = "", **body: Any) -> tuple[str, dict[str, Any]]:
    """The token, and the change that a run asked for with it."""
    secret = secret or token()
    answer = replay(CONTROL, secret, **body)
    assert answer.status_code == 200, answer.content
    return secret, answer.json()["result"]


def status(secret: str) -> tuple[int, str, str]:
    """HTTP status, status and details of an answer to the action's question."""
    answer = replay(STATUS, secret)
    details = answer.json()["result"]["details"]
    return answer.status_code, details["status"], details["details"]
