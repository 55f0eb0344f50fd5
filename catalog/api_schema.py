"""What the OpenAPI document says of every operation: who may ask, and how it is refused."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
)
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

PROBLEM = "application/problem+json"
MEANINGS = {
    401: "The request names nobody, or its token counts no more.",
    403: "This identity may not do this.",
    404: "There is no such thing.",
    406: "Only JSON is spoken here.",
    409: "A Decision said no; `reasons` holds every objection with its remedy.",
    411: "The body came without its length.",
    412: "Somebody else changed it since you read it.",
    413: "The body is over 1 MB.",
    415: "The body is not application/json.",
    422: "Fields are wrong; `errors` maps each to its sentences.",
    429: "Too often; `Retry-After` says how many seconds to wait.",
    503: "The database does not answer.",
}
READING = (401, 403, 406, 422, 429, 503)
WRITING = (401, 403, 406, 409, 411, 413, 415, 422, 429, 503)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="1 to 255 printable ASCII characters. The same key with the same request is done "
    "once and answered twice; the second answer has `Idempotency-Replayed: true`.",
)


class ReasonShown(serializers.Serializer):
    """One objection."""

    code = serializers.CharField(help_text="Stable and machine-readable.")
    message = serializers.CharField(help_text="What, since or until when.")
    remedy = serializers.CharField(help_text="What to do next.")
    until = serializers.DateTimeField(
        allow_null=True, help_text="When time alone lifts it, or null."
    )
    source = serializers.CharField(  # type: ignore[assignment]
        help_text="The rule, window or row it rests on."
    )


class Problem(serializers.Serializer):
    """A refusal by RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    reasons = ReasonShown(many=True)
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField())
    )


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "catalog.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "tg_…",
            "description": "An API token with the scope the operation names.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "catalog.authentication.BrowserAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "A signed-in browser; writes also send X-CSRFToken.",
        }


class StrictShape(OpenApiSerializerExtension):
    """An object that admits no other fields says so."""

    target_class = "catalog.wire.Strict"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        known = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**known, "additionalProperties": False}


def answers(good: Mapping[Any, Any], *codes: int) -> dict[Any, Any]:
    """The responses of an operation: the good ones, and problems with these status codes."""
    return {
        **good,
        **{
            (code, PROBLEM): OpenApiResponse(
                Problem, description=MEANINGS[code], examples=_examples(code)
            )
            for code in sorted(set(codes))
        },
    }


def _examples(code: int) -> list[OpenApiExample]:
    return [PROBLEM_EXAMPLES[code]] if code in PROBLEM_EXAMPLES else []


def _problem(status: int, code: str, title: str, detail: str, **more: Any) -> OpenApiExample:
    value = {
        "type": f"urn:tidegate:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "reasons": more.get("reasons", []),
        "errors": more.get("errors", {}),
    }
    return OpenApiExample(title, value=value, response_only=True, status_codes=[str(status)])


_FROZEN = {
    "code": "freeze_active",
    "message": "production is frozen for payments-api until Mon 23 Nov 06:00 CET: Weekend freeze.",
    "remedy": "Plan it after Mon 23 Nov 06:00 CET, or answer an open incident with an emergency "
    "change.",
    "until": "2026-11-23T05:00:00Z",
    "source": "window Weekend freeze",
}
PROBLEM_EXAMPLES = {
    401: _problem(
        401,
        "token_expired",
        "Unauthorized",
        "The API token “ci” expired at 2026-11-01 00:00 UTC. Ask for a new token.",
    ),
    403: _problem(
        403,
        "not_permitted",
        "Forbidden",
        "The token “ci” lacks the scope changes:write. Use a token issued with it.",
    ),
    409: _problem(
        409,
        "freeze_active",
        "Conflict",
        f"{_FROZEN['message']} {_FROZEN['remedy']}",
        reasons=[_FROZEN],
    ),
    422: _problem(
        422,
        "invalid",
        "Unprocessable Content",
        "planned_end_at: The planned end must come after the planned start.",
        errors={"planned_end_at": ["The planned end must come after the planned start."]},
    ),
}
