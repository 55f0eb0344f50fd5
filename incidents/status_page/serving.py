"""The files as Tidegate serves them: made once in some seconds by each process, for everybody."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.templatetags.static import static

from incidents.status_page import gathering, writing
from incidents.status_page.writing import Place

KEPT_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class File:
    """One file; `etag` is the same while its words are."""

    body: bytes
    kind: str
    etag: str


class _Kept:
    """What was made last; a storm of readers costs a few statements in ten seconds."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.until = 0.0
        self.files: dict[str, File] = {}


_kept = _Kept()


def file(name: str, *, now: datetime) -> File | None:
    """A file by its name, `index` for the page; None where there is none."""
    with _kept.guard:
        if time.monotonic() >= _kept.until:
            told = writing.files(gathering.board(now=now), place=place())
            _kept.files = {name: _file(*one) for name, one in told.items()}
            _kept.until = time.monotonic() + KEPT_SECONDS
        return _kept.files.get(name)


def forget() -> None:
    """Make everything anew at the next request."""
    _kept.until = 0.0


def place() -> Place:
    """Below /status; style and mark as the pages of Tidegate have them."""
    return Place(
        root="/status/",
        home="index",
        top="/status",
        suffix="",
        style=static("tidegate/status.css"),
        mark=static("tidegate/mark.svg"),
        subscribe="/status/subscribe",
    )


def besides(**told: object) -> bytes:
    """A page that is made for one reader, such as the thanks for subscribing."""
    return writing.said(settings.STATUS_PAGE_NAME, place=place(), **told)


def _file(body: bytes, kind: str) -> File:
    return File(body, kind, f'"{sha256(body).hexdigest()[:32]}"')
