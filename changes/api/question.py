"""Reading the gate's question: by hand, for a serializer would cost more than the rules."""

import re
from typing import Any

from rest_framework.request import Request

from changes.api.gate_shapes import GateQuestion
from changes.gate import Question

_PLAIN = {"service": 80, "environment": 80, "revision": 120, "artifact": 300, "change": 24}
_DEMANDED = frozenset({"service", "environment"})
_RUN = frozenset({"run_id", "url", "attempt"})
_LONGEST_RUN_ID, _LONGEST_URL, _HIGHEST_ATTEMPT = 120, 200, 2_000_000_000
# Of the addresses that a serializer takes, those that are surely right: a name with dots, a path.
_SURELY_A_LINK = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?\.)+[a-z]{2,20}(?::[1-9][0-9]{1,3})?"
    r"(?:/[A-Za-z0-9._~/%?=&-]*)?"
)


def read(request: Request) -> Question:
    """The question in a body; raises `ValidationError` with every wrong field.

    A plain question is read at once; one that is wrong, or names a template, goes through
    `GateQuestion`, which words what is wrong.
    """
    question = plain(request.data)
    if question is not None:
        return question
    given = GateQuestion(data=request.data)
    given.is_valid(raise_exception=True)
    return _question(given.validated_data)


def plain(sent: Any) -> Question | None:
    """The question in a body that names no template and no callback; None for any other."""
    if not isinstance(sent, dict):
        return None
    run: dict[str, Any] | None = {}
    if "pipeline" in sent:
        sent = dict(sent)
        run = _run(sent.pop("pipeline"))
    if run is None or not _DEMANDED <= sent.keys() <= _PLAIN.keys() or not _is_plain(sent):
        return None
    return Question(**sent, **run)


def _is_plain(sent: dict[str, Any]) -> bool:
    return all(_is_text(value, longest=_PLAIN[name]) for name, value in sent.items())


def _is_text(value: Any, *, longest: int) -> bool:
    return type(value) is str and 0 < len(value) <= longest and value.strip() == value


def _run(sent: Any) -> dict[str, Any] | None:
    """What is told of a run, as a question holds it; None where that is not surely right."""
    if not isinstance(sent, dict) or not sent.keys() <= _RUN:
        return None
    run_id, url, attempt = sent.get("run_id", ""), sent.get("url", ""), sent.get("attempt")
    if run_id != "" and not _is_text(run_id, longest=_LONGEST_RUN_ID):
        return None
    if url != "" and not (_is_text(url, longest=_LONGEST_URL) and _SURELY_A_LINK.fullmatch(url)):
        return None
    if attempt is not None and not (type(attempt) is int and 0 <= attempt <= _HIGHEST_ATTEMPT):
        return None
    return {"run_id": run_id, "pipeline_url": url, "attempt": attempt}


def _question(given: dict[str, Any]) -> Question:
    pipeline = given.get("pipeline") or {}
    opened = given.get("open") or {}
    return Question(
        service=given["service"],
        environment=given["environment"],
        revision=given["revision"],
        artifact=given["artifact"],
        change=given["change"] or "",
        pipeline_url=pipeline.get("url", ""),
        run_id=pipeline.get("run_id", ""),
        attempt=pipeline.get("attempt"),
        open_template=opened.get("template", ""),
        open_start=opened.get("start", False),
        callback_url=given.get("callback_url", ""),
    )
