"""The words of a message: what happened, to what, and how that stands now. Pure."""

from dataclasses import dataclass
from datetime import UTC

from ledger.models import Event
from ledger.standings import Standing

LONGEST_TEXT = 2_500
UPDATE = "incident.update_published"


@dataclass(frozen=True, slots=True)
class Telling:
    """One event to be told, how its subject stands now, and what could not be told before it."""

    event: Event
    standing: Standing | None
    missed: tuple[Event, ...] = ()

    @property
    def happened(self) -> str:
        """What happened, in words: “acknowledged”."""
        return happened(self.event)

    @property
    def name(self) -> str:
        """`SEV-1 INC-7 Refunds fail`, or the ref alone."""
        if self.standing is None:
            return self.event.subject
        return f"SEV-{self.standing.severity} {self.standing.ref} {self.standing.title}"

    @property
    def headline(self) -> str:
        """`SEV-1 INC-7 Refunds fail: acknowledged`"""
        return f"{self.name}: {self.happened}"

    @property
    def words(self) -> str:
        """What somebody wrote: the text of an update, or a note."""
        told = self.event.data.get("message") or self.event.data.get("note") or ""
        return str(told)[:LONGEST_TEXT]

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is known, as labels and values."""
        standing = self.standing
        known = [
            ("State", standing.state if standing else ""),
            ("Service", standing.service if standing else ""),
            ("Commander", standing.commander if standing else ""),
            ("By", self.event.actor),
            ("At", f"{self.event.at.astimezone(UTC):%a %-d %b %H:%M} UTC"),
        ]
        return [(label, value) for label, value in known if value]

    @property
    def confession(self) -> str:
        """That something before this could not be told; empty where all was."""
        if not self.missed:
            return ""
        told = ", ".join(dict.fromkeys(happened(event) for event in self.missed))
        return f"Not told before, because it could not be sent: {told}."


def happened(event: Event) -> str:
    """What happened, in words: “acknowledged”, “change approved”."""
    if event.verb == UPDATE:
        return str(event.data.get("status", "update"))
    kind, _, rest = event.verb.partition(".")
    words = rest if kind == "incident" else event.verb
    return words.replace(".", " ").replace("_", " ")


def severity_word(severity: int, words: tuple[str, str, str, str]) -> str:
    """The tool's word for SEV-1 to SEV-4."""
    return words[min(max(severity, 1), 4) - 1]
