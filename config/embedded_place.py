"""Where the embedded PostgreSQL keeps its rows and its socket."""

import os
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

DATABASE = "tidegate"
OWNER = "postgres"
APP_ROLE = "tidegate_app"
SYSTEM_FOLDER = Path("/var/lib")


@dataclass(frozen=True, slots=True)
class Place:
    """One embedded server: the folder its rows lie in, and a socket folder only its user enters."""

    folder: Path
    socket: Path

    def rows(self, *, major: int) -> Path:
        """The data directory; each major version of PostgreSQL has its own."""
        return self.folder / f"pg{major}"

    def url(self, *, user: str = OWNER, database: str = DATABASE) -> str:
        """Where clients connect: a Unix socket, never the network."""
        return f"postgresql://{user}@/{database}?host={self.socket}"


def place_in(home: Path) -> Place:
    """The place that belongs to this TIDEGATE_HOME.

    The socket folder has a short name in the temporary folder, since socket paths end at 104 bytes.
    See Note [PostgreSQL refuses root] for the folder.
    """
    short = sha256(str(home).encode()).hexdigest()[:10]
    socket = Path(tempfile.gettempdir()) / f"tidegate-{short}"
    aside = SYSTEM_FOLDER / f"tidegate-{short}"
    if os.geteuid() == 0 and (aside.exists() or not open_to_others(home)):
        return Place(folder=aside, socket=socket)
    return Place(folder=home, socket=socket)


def open_to_others(path: Path) -> bool:
    """Whether every existing folder on the way to `path` lets any user pass."""
    folders = [folder for folder in (path, *path.parents) if folder.exists()]
    return all(folder.stat().st_mode & 0o001 for folder in folders)


# Note [PostgreSQL refuses root]
# PostgreSQL will not run as root, so when Tidegate is started by root its server runs as `postgres`
# or `nobody`. That user must be able to walk to the rows and to the programs. Where TIDEGATE_HOME
# lies behind a closed folder (a clone in /root), both are kept in /var/lib/tidegate-… instead:
# opening somebody's home directory to everybody is not ours to do.
