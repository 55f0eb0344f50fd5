"""Decisions: an answer with every reason it rests on. Pure values, shared by rules and edges."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

WHO_CODES = frozenset({"not_permitted", "self_approval", "reauthentication_required"})


@dataclass(frozen=True, slots=True)
class Reason:
    """One objection.

    `code` is stable and machine-readable; `message` says what, since or until when; `remedy` what
    to do next; `until` is the aware instant at which time alone lifts it, or None; `source` names
    the rule, window or row.
    """

    code: str
    message: str
    remedy: str
    until: datetime | None = None
    source: str = ""

    def as_json(self) -> dict[str, Any]:
        """The wire shape; `until` is RFC 3339 in UTC or null."""
        return {
            "code": self.code,
            "message": self.message,
            "remedy": self.remedy,
            "until": rfc3339(self.until),
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether `verb` may happen, with every objection and every warning.

    `would_have` is what rules that are only tried out would have said; it decides nothing.
    """

    verb: str
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[Reason, ...] = ()
    would_have: tuple[Reason, ...] = ()

    @property
    def allowed(self) -> bool:
        return not self.reasons

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(reason.code for reason in self.reasons)

    @property
    def is_about_who(self) -> bool:
        """Whether this person would be refused at any time: a 403, where all else is a 409."""
        return not WHO_CODES.isdisjoint(self.codes)

    def as_json(self) -> dict[str, Any]:
        """The wire shape of design §6: `{"allowed": …, "reasons": […], "warnings": […]}`."""
        return {
            "allowed": self.allowed,
            "reasons": [reason.as_json() for reason in self.reasons],
            "warnings": [warning.as_json() for warning in self.warnings],
        }


class Refused(Exception):
    """A Decision said no. Nothing was written."""

    def __init__(self, decision: Decision, *, ref: str = "") -> None:
        self.decision = decision
        self.ref = ref
        super().__init__(" ".join(f"{r.message} {r.remedy}" for r in decision.reasons))


def refuse(verb: str, *reasons: Reason, ref: str = "") -> Refused:
    """A refusal ready to raise."""
    return Refused(Decision(verb, tuple(reasons)), ref=ref)


def rfc3339(instant: datetime | None) -> str | None:
    """`2026-11-20T16:00:00Z`; the instant must be aware. None stays None."""
    if instant is None:
        return None
    from_utc = instant.astimezone(UTC)
    return from_utc.isoformat().replace("+00:00", "Z")


def in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The reasons, each once, as the rules listed them."""
    told = tuple(reasons)
    return told if len(told) < 2 else tuple(dict.fromkeys(told))
