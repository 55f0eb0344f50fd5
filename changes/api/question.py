"""Reading the gate's question: by hand, for a serializer would cost more than the rules."""

from typing import Any

from rest_framework.request import Request

from changes.api.gate_shapes import GateQuestion
from changes.gate import Question

_PLAIN = {"service": 80, "environment": 80, "revision": 120, "artifact": 300, "change": 24}
_DEMANDED = frozenset({"service", "environment"})


def read(request: Request) -> Question:
    """The question in a body; raises `ValidationError` with every wrong field.

    A plain question is read at once; one that is wrong, or names a pipeline or a template, goes
    through `GateQuestion`, which words what is wrong.
    """
    question = plain(request.data)
    if question is not None:
        return question
    given = GateQuestion(data=request.data)
    given.is_valid(raise_exception=True)
    return _question(given.validated_data)


def plain(sent: Any) -> Question | None:
    """The question in a body that names no pipeline and no template; None for any other."""
    if isinstance(sent, dict) and _DEMANDED <= sent.keys() <= _PLAIN.keys() and _is_plain(sent):
        return Question(**sent)
    return None


def _is_plain(sent: dict[str, Any]) -> bool:
    return all(
        type(value) is str and 0 < len(value) <= _PLAIN[name] and value.strip() == value
        for name, value in sent.items()
    )


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
