"""Templates and their versions as pages show them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from changes.models import Change, Template, TemplateVersion
from changes.models.template import BOUNDS, FILLS
from changes.queries.plans import TEXTS
from changes.queries.templates import Record
from changes.shown.wording import Piece, compared
from changes.shown.words import label_of, spoken
from changes.states import UNSUCCESSFUL

LABELS: Final = {
    "name": "Name",
    "locked": "Locked fields",
    "services": "Services",
    "suspend_after_failures": "Suspended after failures",
    "closes_itself": "Closes itself",
    "suspend_within_uses": "Among the last uses",
}
ORDER: Final = ("name", "services", *FILLS, "locked", *BOUNDS)
LOOKS: Final = {"approved": "go", "sent_back": "stop", "withdrawn": "off", "": "wait"}


@dataclass(frozen=True, slots=True)
class Said:
    """One field of a version; `pieces` where it differs from the version compared with."""

    label: str
    text: str
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One template in the catalogue."""

    row: Template
    record: Record

    @property
    def rate(self) -> str:
        """`92 % of 25`, or that it was not used yet."""
        percent = self.record.success_percent
        return "not used in the last year" if percent is None else f"{percent} %"


def said(says: Mapping[str, Any], *, before: Mapping[str, Any] | None = None) -> list[Said]:
    """A version's fields in the order a plan is read; with `before`, those alone that differ."""
    found = []
    for name in ORDER:
        text = _text(name, says.get(name))
        if before is None:
            if text:
                found.append(Said(_label(name), text))
        elif name in before and says.get(name) != before[name]:
            was = _text(name, before.get(name))
            found.append(Said(_label(name), text, _pieces(name, was, text)))
    return found


def former(version: TemplateVersion, among: Iterable[TemplateVersion]) -> TemplateVersion | None:
    """The approved version that a version or proposal was to follow."""
    numbered = [one for one in among if one.number]
    if version.number:
        numbered = [one for one in numbered if (one.number or 0) < (version.number or 0)]
    else:
        at = version.proposed_at
        numbered = [one for one in numbered if not (at and one.decided_at and one.decided_at > at)]
    return max(numbered, key=lambda one: one.number or 0, default=None)


def went(change: Change) -> tuple[str, str]:
    """(look, words) of how a use went."""
    if change.outcome:
        tone = "stop" if change.outcome in UNSUCCESSFUL else str(change.outcome)
        return tone, change.get_outcome_display()
    return str(change.state), change.get_state_display()


def _pieces(name: str, was: str, text: str) -> tuple[Piece, ...]:
    if name in TEXTS:
        return compared(was, text)
    pieces = (Piece("del", was), Piece("same", " "), Piece("ins", text))
    return tuple(piece for piece in pieces if piece.text)


def _label(name: str) -> str:
    return LABELS.get(name) or label_of(name)


def _text(name: str, value: Any) -> str:
    if name == "services":
        return ", ".join(value or ()) or "every service"
    if name == "closes_itself":
        return "no, a person closes it" if value is False else "yes, once its checks hold"
    if name == "locked":
        return ", ".join(label_of(one).lower() for one in value or ())
    return spoken(name, value)
