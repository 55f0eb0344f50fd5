"""Where the embedded PostgreSQL keeps its rows and its socket."""

import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

DATABASE = "tidegate"
OWNER = "postgres"
APP_ROLE = "tidegate_app"
MAJOR = 18


@dataclass(frozen=True, slots=True)
class Place:
    """One embedded server: its folder of rows, and the socket folder only its user may enter."""

    rows: Path
    socket: Path

    def url(self, *, user: str = OWNER, database: str = DATABASE) -> str:
        """Where clients connect: a Unix socket, never the network."""
        return f"postgresql://{user}@/{database}?host={self.socket}"


def place_in(home: Path) -> Place:
    """The place that belongs to this TIDEGATE_HOME.

    The socket folder has a short name in the temporary folder, since socket paths end at 104 bytes.
    """
    rows = home / f"pg{MAJOR}"
    short = sha256(str(rows).encode()).hexdigest()[:10]
    return Place(rows=rows, socket=Path(tempfile.gettempdir()) / f"tidegate-{short}")
