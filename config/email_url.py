"""EMAIL_URL: from one URL to Django's mail settings."""

from typing import Any
from urllib.parse import unquote, urlsplit

from config.setting_wrong import SettingWrong

REMEDY = "Set it to smtp://user:password@host:587, smtps://…:465, file:///folder or console:."
BACKENDS = "django.core.mail.backends."
SMTP_TIMEOUT_SECONDS = 15


def django_settings(url: str) -> dict[str, Any]:
    """Django's `EMAIL_*` settings.

    smtp speaks STARTTLS unless the URL ends in `?tls=off`; smtps speaks TLS at once.
    """
    parts = urlsplit(url)
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": BACKENDS + "console.EmailBackend"}
    if parts.scheme == "file" and parts.path:
        return {
            "EMAIL_BACKEND": BACKENDS + "filebased.EmailBackend",
            "EMAIL_FILE_PATH": unquote(parts.path),
        }
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise SettingWrong("EMAIL_URL", "names no mail server", REMEDY)
    at_once = parts.scheme == "smtps"
    try:
        port = parts.port or (465 if at_once else 587)
    except ValueError:
        raise SettingWrong("EMAIL_URL", "has a wrong port", REMEDY) from None
    return {
        "EMAIL_BACKEND": BACKENDS + "smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": at_once,
        "EMAIL_USE_TLS": not at_once and parts.query != "tls=off",
        "EMAIL_TIMEOUT": SMTP_TIMEOUT_SECONDS,
    }
