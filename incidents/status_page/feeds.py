"""The status page for programs: JSON in the shape of Statuspage's summary, Atom and RSS. Pure."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree import ElementTree

import orjson

from incidents.models.component import Health
from incidents.status_page.board import Board, Said, Shown
from ledger.decision import rfc3339

FIRST_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
ATOM: Final = "http://www.w3.org/2005/Atom"
_IMPACTS: Final = {
    Health.OPERATIONAL: "none",
    Health.MAINTENANCE: "maintenance",
    Health.DEGRADED: "minor",
    Health.PARTIAL_OUTAGE: "major",
    Health.MAJOR_OUTAGE: "critical",
}
_COMPONENTS: Final = {
    Health.MAINTENANCE: "under_maintenance",
    Health.DEGRADED: "degraded_performance",
}
Address = Callable[[Shown], str]
"""The full address of an incident's own page."""


def as_json(board: Board, *, address: Address) -> bytes:
    """The summary, as programs that watch a Statuspage read it."""
    told = {
        "page": {
            "name": board.name,
            "url": board.url,
            "time_zone": "Etc/UTC",
            "updated_at": rfc3339(board.changed_at),
        },
        "status": {"indicator": _IMPACTS[board.health], "description": board.headline},
        "components": [
            {
                "id": line.slug,
                "name": line.name,
                "description": line.words or None,
                "status": _COMPONENTS.get(line.health, str(line.health)),
                "history": [
                    {"date": day.date.isoformat(), "status": str(day.health)}
                    for day in line.bad_days
                ],
            }
            for line in board.lines
        ],
        "incidents": [_incident(one, address) for one in board.notices],
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)


def as_atom(board: Board, *, address: Address) -> bytes:
    """RFC 4287: one entry per update, the newest first."""
    feed = ElementTree.Element("feed", xmlns=ATOM)
    host = urlsplit(board.url).hostname or "status"
    _add(feed, "id", f"tag:{host},2026:status")
    _add(feed, "title", board.name)
    _add(feed, "updated", rfc3339(board.changed_at or FIRST_DAY))
    ElementTree.SubElement(feed, "link", rel="alternate", href=board.url)
    _add(ElementTree.SubElement(feed, "author"), "name", board.name)
    for shown, said in _newest(board):
        entry = ElementTree.SubElement(feed, "entry")
        _add(entry, "id", f"tag:{host},2026:status/{shown.number}/{said.at:%Y%m%dT%H%M%SZ}")
        _add(entry, "title", f"{shown.title}: {said.label}")
        _add(entry, "updated", rfc3339(said.at))
        ElementTree.SubElement(entry, "link", rel="alternate", href=address(shown))
        _add(entry, "summary", said.message)
    return _written(feed)


def as_rss(board: Board, *, address: Address) -> bytes:
    """RSS 2.0: one item per update, the newest first."""
    rss = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(rss, "channel")
    _add(channel, "title", board.name)
    _add(channel, "link", board.url)
    _add(channel, "description", board.headline)
    for shown, said in _newest(board):
        item = ElementTree.SubElement(channel, "item")
        _add(item, "title", f"{shown.title}: {said.label}")
        _add(item, "link", address(shown))
        guid = ElementTree.SubElement(item, "guid", isPermaLink="false")
        guid.text = f"{shown.number}-{said.at:%Y%m%dT%H%M%SZ}"
        _add(item, "pubDate", format_datetime(said.at.astimezone(UTC), usegmt=True))
        _add(item, "description", said.message)
    return _written(rss)


def _incident(shown: Shown, address: Address) -> dict[str, Any]:
    return {
        "id": str(shown.number),
        "name": shown.title,
        "status": shown.status,
        "impact": _IMPACTS[shown.health],
        "created_at": rfc3339(shown.opened_at),
        "resolved_at": rfc3339(shown.resolved_at),
        "shortlink": address(shown),
        "components": [{"name": name} for name in shown.components],
        "incident_updates": [
            {"status": one.status, "body": one.message, "created_at": rfc3339(one.at)}
            for one in shown.said
        ],
    }


def _newest(board: Board) -> list[tuple[Shown, Said]]:
    told = [(shown, said) for shown in board.notices for said in shown.said]
    return sorted(told, key=lambda pair: pair[1].at, reverse=True)


def _add(parent: ElementTree.Element, name: str, text: str | None) -> None:
    """An element with text that XML can hold."""
    readable = "".join(one for one in text or "" if one in "\t\n\r" or ord(one) >= 32)
    ElementTree.SubElement(parent, name).text = readable


def _written(root: ElementTree.Element) -> bytes:
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
