"""The JSON body of a request: read strictly, refused in words."""

import json
from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import APIException, UnsupportedMediaType

JSON_TYPE = "application/json"
DEEPEST = 32


class BodyRefused(APIException):
    """A body that cannot be read; `status_code`, `code`, `message` and `remedy` say why."""

    def __init__(self, *, status: int, code: str, message: str, remedy: str) -> None:
        self.status_code = status
        self.code, self.message, self.remedy = code, message, remedy
        super().__init__(f"{message} {remedy}", code)


def json_object(request: HttpRequest) -> dict[str, Any]:
    """The object a plain view was sent; no body at all is an empty one.

    Raises `BodyRefused` or `UnsupportedMediaType` (415).
    """
    if not request.body:
        return {}
    if request.content_type != JSON_TYPE:
        raise UnsupportedMediaType(request.content_type or "(none)")
    value = parsed(request.body)
    if not isinstance(value, dict):
        raise BodyRefused(
            status=422,
            code="invalid",
            message="The body is not a JSON object.",
            remedy="Send an object, such as {}.",
        )
    return value


def parsed(body: bytes) -> Any:
    """The value a JSON text stands for.

    Raises `BodyRefused` (422) for what is no JSON (RFC 8259) in UTF-8, is nested too deeply, or
    holds texts that PostgreSQL cannot: a NUL character or half of a surrogate pair.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_such_number)
    except UnicodeDecodeError as wrong:
        raise _malformed(f"The body is not UTF-8 (byte {wrong.start}).") from None
    except RecursionError:
        raise _malformed("The body is nested too deeply.") from None
    except ValueError as wrong:
        raise _malformed(f"The body is not JSON: {_one_line(wrong)}.") from None
    _refuse_deep(body, value)
    _refuse_unstorable(body, value)
    return value


def _no_such_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _refuse_deep(body: bytes, value: Any) -> None:
    """Nothing here is nested deeply; what is could exhaust the stack of whoever walks it."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return
    level, depth = [value] if isinstance(value, dict | list) else [], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise _malformed(f"The body is nested more than {DEEPEST} deep.")
        inner = (one.values() if isinstance(one, dict) else one for one in level)
        level = [item for some in inner for item in some if isinstance(item, dict | list)]


def _refuse_unstorable(body: bytes, value: Any) -> None:
    """A NUL or a lone surrogate can only come in as an escape, so most bodies pay one search."""
    if b"\\u" not in body:
        return
    try:
        text = json.dumps(value, ensure_ascii=False)
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise _unstorable("half of a surrogate pair") from None
    if "\\u0000" in text.replace("\\\\", ""):
        raise _unstorable("a NUL character")


def _malformed(message: str) -> BodyRefused:
    return BodyRefused(
        status=422,
        code="malformed_body",
        message=message,
        remedy="Send one JSON value in UTF-8.",
    )


def _unstorable(what: str) -> BodyRefused:
    return BodyRefused(
        status=422,
        code="invalid",
        message=f"The body holds {what}, which no text here can.",
        remedy="Leave it out.",
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
