"""`/gate/decisions/<id>`: polled by whoever asked, read as it was given by everybody else."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import tokens
from catalog.actors import actor_of
from catalog.api_schema import READING, ReasonShown, answers
from catalog.models.token import Scope
from changes import gate
from changes.api import gate_examples
from changes.api.decisions import DecisionLogged, logged, within_reach
from changes.api.gate import demand_identity
from changes.api.gate_shapes import QueueShown
from changes.api.shapes import word
from changes.api.view import ApiView, reach_of, token_of
from changes.gate.polling import Bearer
from changes.models import GateAnswer
from ledger.canonical import sha256_hex

TAG_DIGITS = 24
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of the answer before: 304 while that holds, and nothing is decided.",
)


class DecisionPolled(DecisionLogged):
    """The present answer to what this decision was asked for.

    `decision_id` is that of the present answer: another than polled once the answer is another.
    Once the permit that was given has ended or was used, the answer is `deny` and says so.
    """

    warnings = ReasonShown(many=True)
    next_allowed_says = word("Why there is no instant, where the calendar has none.")
    retry_after_seconds = serializers.IntegerField(
        allow_null=True, help_text="With `wait`: when to poll again; the Retry-After, too."
    )
    permit = word("With `allow`: the JWT, the same at each poll.", null=True)
    queue = QueueShown(
        allow_null=True,
        help_text="With `wait`: the place in the queue; that others join or leave is no change.",
    )


class OneDecision(ApiView):
    """One decision; see also Note [Two ways to the gate] in `quick`."""

    permission_classes = ()

    @extend_schema(
        operation_id="gate_decisions_read",
        parameters=[IF_NONE_MATCH],
        responses={
            **answers({200: DecisionPolled}, *READING, 404),
            304: OpenApiResponse(description="The answer is still the one of the ETag."),
        },
        examples=[gate_examples.POLLED],
    )
    def get(self, request: Request, decision_id: UUID) -> Response:
        """Poll a decision, or read one from the log.

        A token with the scope `gate` that asked polls: it is told the present answer, and keeps its
        place in the queue. Everybody else, with the scope `changes:read`, reads the answer as it
        was given. Give the ETag back in If-None-Match, and come again after Retry-After.
        """
        demand_identity(self, request, Scope.GATE if polls(request) else Scope.CHANGES_READ)
        row = within_reach(request).filter(pk=decision_id).first()
        if row is None:
            raise Http404(f"The gate gave no decision {decision_id}.")
        if row.asked_by != actor_of(request).username or not polls(request):
            demand_identity(self, request, Scope.CHANGES_READ)
            return _answered(request, _as_given(row), tag=sha256_hex(_as_given(row))[:TAG_DIGITS])
        said = gate.poll(
            decision_id,
            actor=actor_of(request),
            reach=reach_of(request),
            now=timezone.now(),
            bearer=_bearer(request),
        )
        body = {**logged(said.row), **said.answer.as_json()}
        return _answered(request, body, tag=said.tag, again=said.retry_after)


def polls(request: Request) -> bool:
    """Whether whoever asks may ask the gate, so that what they asked before is polled."""
    token = token_of(request)
    return token is None or bool({Scope.GATE, Scope.ADMIN} & set(token.scopes))


def matches(header: str, tag: str) -> bool:
    """Whether an If-None-Match names the tag. What cannot be read names none."""
    named = (one.strip().removeprefix("W/").strip('"') for one in header.split(","))
    return any(one == "*" or one.partition(".")[0] == tag for one in named)


def headers_of(tag: str, again: timedelta | None, *more: int) -> dict[str, str]:
    """ETag and Retry-After. What passes by the minute, such as that, is in the ETag too, after the
    part that is compared: no two answers that differ have one ETag.
    """
    seconds = str(int(again.total_seconds())) if again is not None else ""
    told = ".".join((tag, *filter(None, (seconds, *map(str, more)))))
    return {"ETag": f'"{told}"', **({"Retry-After": seconds} if seconds else {})}


def _answered(
    request: Request, body: dict[str, Any], *, tag: str, again: timedelta | None = None
) -> Response:
    queue = body["queue"]
    place = (queue["place"], queue["of"]) if queue else ()
    told = {**headers_of(tag, again, *place), "Cache-Control": "private, no-cache"}
    if matches(request.headers.get("If-None-Match", ""), tag):
        return Response(status=304, headers=told | headers_of(tag, again))
    return Response(body, headers=told)


def _as_given(row: GateAnswer) -> dict[str, Any]:
    """`DecisionPolled` of the log: no permit is kept, and no place in the queue."""
    unsaid = {"retry_after_seconds": None, "permit": None, "queue": None}
    return {**logged(row), "warnings": [], "next_allowed_says": "", **unsaid}


def _bearer(request: Request) -> Bearer | None:
    token = token_of(request)
    if token is None:
        return None
    _, _, secret = request.headers["Authorization"].partition(" ")
    expires_at: datetime | None = token.expires_at
    return Bearer(tokens.digest_of(secret.strip()), expires_at)
