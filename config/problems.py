"""Refusals on the wire: RFC 9457 problem+json, and the one place that chooses an HTTP status."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions

from config.field_errors import by_field
from ledger.decision import Reason, Refused

CONTENT_TYPE = "application/problem+json"
EDITION_CODES = frozenset({"edited_meanwhile"})
API_PATHS = ("/api/", "/compat/", "/hooks/")
RETRY_SECONDS = 5
STATUS_CODES = {
    400: "bad_request",
    401: "not_identified",
    403: "not_permitted",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    409: "refused",
    411: "length_required",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}


def speaks_problems(request: HttpRequest) -> bool:
    """Whether this address answers programs, which read problem+json, and not browsers."""
    return request.path.startswith(API_PATHS)


def problem(
    *,
    status: int,
    detail: str,
    code: str | None = None,
    reasons: Iterable[Reason] = (),
    errors: Mapping[str, list[str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JsonResponse:
    """A problem response; `code` is stable, `errors` maps a field to its sentences."""
    code = code or STATUS_CODES.get(status, "bad_request")
    return JsonResponse(
        {
            "type": f"urn:tidegate:problem:{code}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "code": code,
            "reasons": [reason.as_json() for reason in reasons],
            "errors": dict(errors or {}),
        },
        status=status,
        content_type=CONTENT_TYPE,
        headers=dict(headers or {}),
    )


def status_of(refused: Refused) -> int:
    """403 when it is about who asks, 412 about what they had read, 409 about what holds now."""
    if refused.decision.is_about_who:
        return 403
    return 412 if EDITION_CODES & set(refused.decision.codes) else 409


def of_refused(refused: Refused) -> JsonResponse:
    """The problem a refused Decision makes; its code is that of the first reason."""
    codes = refused.decision.codes
    return problem(
        status=status_of(refused),
        code=codes[0] if codes else None,
        detail=str(refused) or "This was refused.",
        reasons=refused.decision.reasons,
    )


def of_fields(errors: Mapping[str, list[str]]) -> JsonResponse:
    """422: these fields are wrong, each with its sentences."""
    detail = "; ".join(
        f"{field}: {' '.join(sentences)}" if field != "non_field_errors" else " ".join(sentences)
        for field, sentences in errors.items()
    )
    return problem(status=422, detail=detail, errors=errors)


def of_exception(error: Exception) -> JsonResponse | None:
    """The problem an exception stands for; None for one that is our own fault."""
    if isinstance(error, Refused):
        return of_refused(error)
    if isinstance(error, exceptions.APIException):
        return _of_api_exception(error)
    if isinstance(error, ValidationError):
        return of_fields(by_field(error))
    if isinstance(error, Http404):
        return problem(status=404, detail=_own_words(error) or "Nothing is found here.")
    if isinstance(error, PermissionDenied):
        return problem(status=403, detail=_own_words(error) or "You may not do this.")
    if isinstance(error, RequestDataTooBig):
        return too_large()
    if isinstance(error, SuspiciousOperation):
        return problem(status=400, detail="The request is malformed.")
    if isinstance(error, OperationalError | InterfaceError):
        return problem(
            status=503,
            detail=f"The database does not answer. Try again in {RETRY_SECONDS} seconds.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        )
    return None


def too_large() -> JsonResponse:
    """413: the body is over the limit."""
    return problem(status=413, detail="The body is over 1 MB. Send less at once.")


def exception_response(error: Exception, context: Mapping[str, Any]) -> JsonResponse | None:
    """The REST framework's EXCEPTION_HANDLER."""
    return of_exception(error)


def _of_api_exception(error: exceptions.APIException) -> JsonResponse:
    if isinstance(error, exceptions.ValidationError):
        return of_fields(by_field(error))
    status = error.status_code
    named = getattr(error, "remedy", "")
    reasons = (
        [Reason(code=error.code, message=error.message, remedy=named)]  # type: ignore[attr-defined]
        if named and status in {401, 403}
        else []
    )
    return problem(
        status=status,
        code=getattr(error, "code", None),
        detail=_detail(error),
        reasons=reasons,
        headers=_headers(error),
    )


def _detail(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.UnsupportedMediaType):
        return f"{error.detail} Send application/json."
    if isinstance(error, exceptions.NotAuthenticated):
        return "The request names nobody. Send an API token as “Authorization: Bearer …”."
    return str(error.detail)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(max(1, int(wait)))
    return headers


def _own_words(error: Exception) -> str:
    """What the raiser said; the resolver's own 404 carries structures, not words."""
    return error.args[0] if error.args and isinstance(error.args[0], str) else ""
