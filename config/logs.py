"""Logs: JSON lines in production, readable ones elsewhere; secrets never."""

import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

SECRETS = re.compile(r"\b(tg[fs]?_[A-Za-z0-9_-]{4})[A-Za-z0-9_-]{20,}")
request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that this thread is busy with. structlog's own way costs twenty times as much."""
SECRET_KEYS = ("authorization", "cookie", "password", "secret", "token")


class Lines(structlog.stdlib.ProcessorFormatter):
    """Renders what is logged as one line each.

    A record that brings `fields` is rendered as it is: the log of requests writes one for each, and
    all that structlog may do on the way takes longer than answering a short request.
    """

    def __init__(self, *, as_json: bool, **configured: Any) -> None:
        self.as_json = as_json
        super().__init__(**configured)

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] | None = record.__dict__.get("fields")
        if fields is None:
            return super().format(record)
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        level, said = record.levelname.lower(), record.msg
        if self.as_json:
            line = {**fields, "event": said, "level": level, "logger": record.name, "timestamp": at}
            return orjson.dumps(line, option=orjson.OPT_SORT_KEYS).decode()
        pairs = " ".join(f"{name}={value}" for name, value in sorted(fields.items()))
        return f"{at} [{level:<9}] {said} [{record.name}] {pairs}"


def with_request_id(
    logger: Any, name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Say which request a line is about."""
    if (known := request_id.get()) and "request_id" not in event:
        event["request_id"] = known
    return event


def without_secrets(
    logger: Any, name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Blank out the values of keys that name a secret, and secrets within the words."""
    for key in event:
        if any(word in key.lower() for word in SECRET_KEYS):
            event[key] = "…"
    words = event.get("event")
    if isinstance(words, str) and "tg" in words:
        event["event"] = SECRETS.sub(r"\1…", words)
    return event


class OneLine(logging.Filter):
    """Takes tracebacks off what a stranger sent, such as a bad Host: it is no fault of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security."):
            record.exc_info = record.exc_text = None
        return True


def configured(*, as_json: bool, level: str) -> dict[str, Any]:
    """Set structlog up and answer Django's LOGGING: everything goes to standard output."""
    shared: list[structlog.typing.Processor] = [
        with_request_id,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    shown: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": Lines,
                "as_json": as_json,
                "foreign_pre_chain": shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *shown,
                ],
            }
        },
        "filters": {"one_line": {"()": "config.logs.OneLine"}},
        "handlers": {
            "out": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "line",
                "filters": ["one_line"],
            }
        },
        "root": {"handlers": ["out"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.request": {"level": "ERROR"},
            "celery": {"level": "WARNING"},
            "httpx2": {"level": "WARNING"},
            "httpcore2": {"level": "WARNING"},
        },
    }
