"""What a pipeline asks the gate, and what it is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ledger.decision import Reason, rfc3339


@dataclass(frozen=True, slots=True)
class Question:
    """What a pipeline wants to deploy, and where it runs. `change` is a ref or "".

    `open_template` names the standard template to open a change from where none fits.
    """

    service: str
    environment: str
    revision: str = ""
    artifact: str = ""
    change: str = ""
    pipeline_url: str = ""
    run_id: str = ""
    open_template: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate said. `permit` is the signed text, given once and never stored."""

    id: str
    decision: str
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    change: str
    next_allowed_at: datetime | None
    retry_after: timedelta | None
    permit: str
    expires_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """The wire shape of `POST /api/v1/gate`."""
        return {
            "decision": self.decision,
            "decision_id": self.id,
            "reasons": [reason.as_json() for reason in self.reasons],
            "warnings": [warning.as_json() for warning in self.warnings],
            "change": self.change or None,
            "next_allowed_at": rfc3339(self.next_allowed_at),
            "retry_after_seconds": int(self.retry_after.total_seconds())
            if self.retry_after
            else None,
            "permit": self.permit or None,
            "expires_at": rfc3339(self.expires_at),
        }
