"""What a waiting run is told, in words and within what its tool can show. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from ledger.decision import Reason

HEADS = {
    "approved": "Tidegate approves",
    "rejected": "Tidegate refuses",
    "waiting": "Tidegate waits",
    "unmapped": "Tidegate does not know what this is",
}
_MARKED = re.compile(r"([\\`*_{}\[\]()#+!|<>~@])")
_MORE = "\n- …"


@dataclass(frozen=True, slots=True)
class Said:
    """What a run is told: how it stands, of which change, and why.

    `change_url` leads to the change; `notes` are sentences after the reasons.
    """

    standing: str
    reasons: Sequence[Reason] = ()
    change: str = ""
    change_url: str = ""
    notes: Sequence[str] = ()

    @property
    def fingerprint(self) -> str:
        """The same as long as nothing is news: how it stands, of what, and why."""
        parts = [self.standing, self.change, *(f"{one.code} {one.message}" for one in self.reasons)]
        return sha256("\n".join(parts).encode()).hexdigest()


def markdown(said: Said, *, longest: int) -> str:
    """As GitHub shows it: a list of reasons with what to do; whole lines, `longest` at most.

    What people wrote is escaped, so that it mentions nobody and links nowhere.
    """
    named = f" [{said.change}]({said.change_url})" if said.change and said.change_url else ""
    lines = [f"**{HEADS[said.standing]}**{named or _spaced(escaped(said.change))}"]
    lines += [f"- {escaped(one.message)} *{escaped(one.remedy)}*" for one in said.reasons]
    lines += [f"\n{escaped(note)}" for note in said.notes]
    return _fitting(lines, longest=longest)


def plain(said: Said, *, longest: int) -> str:
    """As a log shows it; whole lines, `longest` at most."""
    lines = [f"{HEADS[said.standing]}{_spaced(said.change)}"]
    lines += [f"- {one.message} {one.remedy}" for one in said.reasons]
    return _fitting([*lines, *said.notes], longest=longest)


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return (
        _MARKED.sub(r"\\\1", " ".join(text.split()))
        .replace("\\@", "@\u200b")
        .replace("://", ":\u200b//")
    )


def _spaced(text: str) -> str:
    return f" {text}" if text else ""


def _fitting(lines: Sequence[str], *, longest: int) -> str:
    kept = ""
    for number, line in enumerate(lines):
        longer = f"{kept}\n{line}" if number else line
        rest = 0 if number == len(lines) - 1 else len(_MORE)
        if len(longer) + rest > longest:
            return (kept or line[: longest - len(_MORE)]) + _MORE
        kept = longer
    return kept
