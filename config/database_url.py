"""DATABASE_URL: from one URL to what Django and the broker want."""

from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from config.setting_wrong import SettingWrong

EXAMPLE = "Set it to postgresql://user:password@host:5432/database."
DJANGO_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST"}
CONNECT_SECONDS = "10"
"""How long a server that says nothing is waited for, unless the URL says otherwise."""


def check(*, name: str, url: str) -> None:
    """Refuse a URL that names no PostgreSQL database; `name` is the variable it came from."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise SettingWrong(name, "is no PostgreSQL URL", EXAMPLE)
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as wrong:
        raise SettingWrong(name, f"cannot be read ({_one_line(wrong)})", EXAMPLE) from None
    if not parts.get("dbname"):
        raise SettingWrong(name, "names no database", EXAMPLE)


def django_settings(url: str, *, role: str = "") -> dict[str, Any]:
    """The `DATABASES` entry for this URL; `role`, where given, is taken as soon as it connects."""
    parts = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
    entry: dict[str, Any] = {"ENGINE": "config.postgres_backend"}
    entry |= {theirs: parts.pop(ours, "") for ours, theirs in DJANGO_NAMES.items()}
    entry["PORT"] = parts.pop("port", "")
    options = parts.pop("options", "")
    if role:
        options = f"{options} -c role={role}".strip()
    entry["OPTIONS"] = (
        {"connect_timeout": CONNECT_SECONDS} | parts | ({"options": options} if options else {})
    )
    return entry


def keyword_string(entry: dict[str, Any], *, connect_timeout: int) -> str:
    """The libpq keyword string (`host=… dbname=…`) of a `DATABASES` entry; the timeout in seconds.

    The broker needs this form: its URL form drops a socket folder given as `?host=`.
    """
    given = {ours: entry[theirs] for ours, theirs in DJANGO_NAMES.items() if entry.get(theirs)}
    if entry.get("PORT"):
        given["port"] = entry["PORT"]
    options = {key: value for key, value in entry["OPTIONS"].items() if isinstance(value, str)}
    return make_conninfo(**given | options | {"connect_timeout": connect_timeout})


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
