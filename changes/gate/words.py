"""What a pipeline asks the gate, and what it is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ledger.decision import Reason, rfc3339


@dataclass(frozen=True, slots=True)
class Question:
    """What a pipeline wants to deploy, and where it runs. `change` is a ref or "".

    `run_id` and `attempt` say which run asks: asked again, it is told the same while that holds.
    `open_template` names the standard template to open a change from where none fits, and with
    `open_start` that change is started where it is let through; `callback_url` is called, signed,
    once the answer is no longer to wait.
    """

    service: str
    environment: str
    revision: str = ""
    artifact: str = ""
    change: str = ""
    pipeline_url: str = ""
    run_id: str = ""
    attempt: int | None = None
    open_template: str = ""
    open_start: bool = False
    callback_url: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue of an environment: which it is of how many, in words too.

    `secret` is what the callback is signed with, told to who asked for it, or "".
    """

    id: int
    number: int
    of: int
    words: str
    secret: str = ""

    def as_json(self) -> dict[str, Any]:
        """The `queue` of an answer."""
        return {
            "id": self.id,
            "place": self.number,
            "of": self.of,
            "message": self.words,
            "callback_secret": self.secret or None,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate said. `permit` is the signed text, given once and never stored.

    `says` tells why there is no next instant where the calendar has none within 400 days.
    `would_have`, what rules that are tried out would have said, is kept and not told; an answer
    that `is_new` was recorded now.
    """

    id: str
    decision: str
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    change: str
    next_allowed_at: datetime | None
    retry_after: timedelta | None
    permit: str
    expires_at: datetime | None
    would_have: tuple[Reason, ...] = ()
    says: str = ""
    place: Place | None = None
    is_new: bool = True

    def as_json(self) -> dict[str, Any]:
        """The wire shape of `POST /api/v1/gate`."""
        return {
            "decision": self.decision,
            "decision_id": self.id,
            "reasons": [reason.as_json() for reason in self.reasons],
            "warnings": [warning.as_json() for warning in self.warnings],
            "change": self.change or None,
            "next_allowed_at": rfc3339(self.next_allowed_at),
            "next_allowed_says": self.says,
            "retry_after_seconds": int(self.retry_after.total_seconds())
            if self.retry_after
            else None,
            "permit": self.permit or None,
            "expires_at": rfc3339(self.expires_at),
            "queue": self.place.as_json() if self.place else None,
        }
