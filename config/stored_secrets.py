"""Secrets an installation makes for itself and keeps in TIDEGATE_HOME."""

import os
import secrets
from pathlib import Path

from config.setting_wrong import SettingWrong


def kept_secret(*, home: Path, name: str, length_bytes: int = 48) -> str:
    """The secret in `home/name`, made at random on first use; only its owner may read the file."""
    path = home / name
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(length_bytes))
        return path.read_text(encoding="ascii").strip()
    except OSError as wrong:
        raise SettingWrong(
            "TIDEGATE_HOME",
            f"({home}) cannot hold {name}: {wrong.strerror}",
            "Set it to a folder this user may write to.",
        ) from None


def _write_once(path: Path, secret: str) -> None:
    """Of two processes that start at once, one writes and both read the same."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
