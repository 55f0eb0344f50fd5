"""Windows for other tools: what each tool is told, and what it cannot be told and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from changes.models import Window
from changes.queries.exports import Outgoing
from changes.windows.crons import Inexpressible

SERVICES_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Named:
    """A window with something to be said of it."""

    ref: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Export:
    """What a tool is told under `key`; `differs` holds what it will do otherwise than we do."""

    tool: str
    key: str
    entries: tuple[Mapping[str, Any], ...]
    not_expressed: tuple[Named, ...]
    differs: tuple[Named, ...]
    head: tuple[str, ...]

    def as_yaml(self) -> str:
        """YAML, with what is not expressed and what differs as comments before it."""
        lines = [f"# {line}" for line in self.head]
        for title, some in (("Not expressed", self.not_expressed), ("Differs", self.differs)):
            lines += [f"# {title}:"] if some else []
            lines += [f"#   {one.ref} {_line(one.name)}: {one.why}" for one in some]
        plain = [dict(one) for one in self.entries]
        body = yaml.safe_dump({self.key: plain}, sort_keys=False, allow_unicode=True, width=100)
        return "\n".join(lines) + "\n" + body


def recurring(found: Outgoing) -> None:
    """Raise `Inexpressible` for a window that holds by anything but a rule, or only warns."""
    row = found.row
    if row.source != Window.Source.TIMES:
        raise Inexpressible("its times come from a calendar and follow no rule")
    if found.rule.recurs is None:
        raise Inexpressible("it holds once, and a cron has no year: it would hold every year")
    if row.level == Window.LevelWord.WARN:
        raise Inexpressible("it only warns, and the tool can only refuse")
    if any(len(part.services or ()) > SERVICES_AT_MOST for part in found.parts):
        raise Inexpressible(
            f"it covers over {SERVICES_AT_MOST} services; export a team or a service alone"
        )


def narrower_here(row: Window) -> Iterator[str]:
    """What lets changes pass here that the tool would refuse."""
    if row.kinds or row.except_kinds:
        yield "here it is only for some kinds of change, there for all"
    if row.categories or row.except_categories:
        yield "here it is only for some categories, there for all"
    if row.except_standard_up_to_risk:
        risk = row.except_standard_up_to_risk
        yield f"here standard changes up to {risk} risk pass, there they do not"


def named(found: Outgoing, why: str) -> Named:
    return Named(found.row.ref, found.row.name, why)


def changes_clocks(zone: str, *, now: datetime) -> bool:
    """Whether the clocks of a zone change within the next year."""
    tz = ZoneInfo(zone)
    return len({(now + timedelta(days=n)).astimezone(tz).utcoffset() for n in range(366)}) > 1


def head(tool: str, *, now: datetime) -> tuple[str, ...]:
    return (f"Windows of Tidegate for {tool}, as they stood {now:%Y-%m-%d %H:%M} UTC.",)


def today_in(zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def _line(text: str) -> str:
    return " ".join(text.split())
