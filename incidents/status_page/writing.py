"""The files of the status page: the same whether Tidegate serves them or writes them to a folder.

No request takes part, so nothing of a reader or of the house can come in.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from incidents.status_page import feeds
from incidents.status_page.board import Board, Shown

HTML, JSON = "text/html; charset=utf-8", "application/json"
ATOM, RSS = "application/atom+xml; charset=utf-8", "application/rss+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files lie: what a link to each begins and ends with.

    `home` is the name of the page itself, `top` the link to it.
    """

    root: str
    home: str
    top: str
    suffix: str
    style: str
    mark: str
    subscribe: str

    def to(self, shown: Shown) -> str:
        """A link to an incident's own page."""
        return f"{self.root}incident-{shown.number}{self.suffix}"


def files(
    board: Board, *, place: Place, written_at: datetime | None = None
) -> dict[str, tuple[bytes, str]]:
    """Every file by name, with its type; what a page links to comes before it."""
    address = partial(_address, board, place)
    told: dict[str, tuple[bytes, str]] = {
        f"incident-{one.number}{place.suffix}": (
            _page("incident.html", board, place, written_at, shown=one),
            HTML,
        )
        for one in board.notices
    }
    told["summary.json"] = feeds.as_json(board, address=address), JSON
    told["feed.atom"] = feeds.as_atom(board, address=address), ATOM
    told["feed.rss"] = feeds.as_rss(board, address=address), RSS
    told[place.home] = _page("page.html", board, place, written_at), HTML
    return told


def said(name: str, *, place: Place, **told: Any) -> bytes:
    """A page beside those with a few words, and perhaps a button."""
    return render_to_string("status/said.html", {"name": name, "place": place, **told}).encode()


def _address(board: Board, place: Place, shown: Shown) -> str:
    return f"{board.url.rstrip('/')}/incident-{shown.number}{place.suffix}"


def _page(
    template: str, board: Board, place: Place, written_at: datetime | None, **told: Any
) -> bytes:
    links = [(shown, place.to(shown)) for shown in board.notices]
    context = {
        "board": board,
        "name": board.name,
        "place": place,
        "running": [pair for pair in links if pair[0].is_open],
        "over": [pair for pair in links if not pair[0].is_open],
        "written_at": written_at,
    }
    with timezone.override(UTC):
        return render_to_string(f"status/{template}", context | told).encode()
