"""The status page as files, so that it is there when Tidegate is not.

Each file takes the place of the one before in one step, the page itself last: whoever reads never
meets half a file, nor a link that leads nowhere.
"""

import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders

from incidents.status_page import gathering, writing
from incidents.status_page.writing import Place

STYLES: Final = ("tokens.css", "elements.css", "components/status.css")


def export(folder: Path, *, now: datetime) -> int:
    """Write every file; answers how many. Raises `OSError` where the folder cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {
        "status.css": b"\n".join(_static(name) for name in STYLES),
        "mark.svg": _static("mark.svg"),
    }
    place = Place(
        root="",
        home="index.html",
        top="index.html",
        suffix=".html",
        style="status.css",
        mark="mark.svg",
        subscribe=f"{settings.TIDEGATE_URL.rstrip('/')}/status/subscribe",
    )
    board = gathering.board(now=now)
    pages = writing.files(board, place=place, written_at=now)
    told |= {name: body for name, (body, _) in pages.items()}
    for name, body in told.items():
        _replace(folder / name, body)
    for old in folder.glob("incident-*.html"):
        if old.name not in told:
            old.unlink(missing_ok=True)
    return len(told)


def _replace(path: Path, body: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    written = Path(file.name)
    try:
        written.chmod(0o644)
        written.replace(path)
    except OSError:
        written.unlink(missing_ok=True)
        raise


def _static(name: str) -> bytes:
    found = finders.find(f"tidegate/{name}")
    return Path(str(found)).read_bytes()
