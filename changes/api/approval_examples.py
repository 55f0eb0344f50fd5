"""Examples of requirements and votes."""

from typing import Any

DIGEST = "9f2c61d0b7a84e53c1d6f0a2e8b94735d0c1f2a3b4c5d6e7f8091a2b3c4d5e6f"
_ASKS: dict[str, Any] = {
    "group": "",
    "people": [],
    "count": 1,
    "percent": None,
    "stage": 1,
    "escalated_to": None,
    "asked": True,
}
REQUIREMENTS: list[dict[str, Any]] = [
    {
        **_ASKS,
        "authority": "peer",
        "who": "Peer of the owner team",
        "rule": "Peer review",
        "votes": ["peer"],
    },
    {
        **_ASKS,
        "authority": "service_owner",
        "who": "Service owner",
        "rule": "Service owner from medium risk",
        "votes": [],
    },
]
VOTES: list[dict[str, Any]] = [
    {
        "voter": "peer",
        "on_behalf_of": None,
        "decision": "approve",
        "comment": "Tested on staging with me.",
        "authorities": ["peer"],
        "round": 1,
        "plan_digest": DIGEST,
        "cast_at": "2026-11-18T10:12:00Z",
        "authenticated_by": "session",
    }
]
