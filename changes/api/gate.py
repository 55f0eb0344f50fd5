"""`POST /gate`: may this be deployed now? And `GET /gate/explain`."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import READING, WRITING, answers
from catalog.models.token import Scope
from catalog.scopes import HasScope, demand
from catalog.wire import asked
from changes import gate
from changes.api import gate_examples
from changes.api.gate_shapes import (
    ExplainAsked,
    GateAnswered,
    GateExplained,
    GateQuestion,
    explained,
)
from changes.api.question import read
from changes.api.view import ApiView, reach_of, token_of
from changes.queries import NoSuchChange


class Gate(ApiView):
    """The question every deployment asks; see also Note [Two ways to the gate] in `quick`."""

    permission_classes = ()

    @extend_schema(
        operation_id="gate_ask",
        request=GateQuestion,
        responses=answers({200: GateAnswered}, *WRITING),
        examples=gate_examples.GATE,
    )
    def post(self, request: Request) -> Response:
        """May this be deployed now?

        Every answer is recorded. Asking again is safe, so no Idempotency-Key is needed.
        """
        demand_identity(self, request, Scope.GATE)
        question = read(request)
        if question.open_template:
            demand_identity(self, request, Scope.CHANGES_WRITE, writes=True)
        try:
            answer = gate.ask(
                question, actor=actor_of(request), now=timezone.now(), reach=reach_of(request)
            )
        except NoSuchChange as problem:
            raise ValidationError({"change": [str(problem)]}) from None
        return Response(answer.as_json())


class Explain(ApiView):
    """The gate's answer for any instant."""

    permission_classes = (HasScope("gate"),)

    @extend_schema(
        operation_id="gate_explain",
        parameters=[ExplainAsked],
        responses=answers({200: GateExplained}, *READING),
        examples=[gate_examples.EXPLAINED],
    )
    def get(self, request: Request) -> Response:
        """What would the gate say at an instant, past or future? Nothing is recorded."""
        given = asked(ExplainAsked, request.query_params)
        now = timezone.now()
        at, kind = given.pop("at", None) or now, given.pop("kind")
        try:
            found = gate.examine(
                gate.Question(**given),
                at=at,
                now=now,
                kind=kind,
                reader=actor_of(request),
                reach=reach_of(request),
            )
        except NoSuchChange as problem:
            raise ValidationError({"change": [str(problem)]}) from None
        return Response(explained(found, at=at))


def demand_identity(view: ApiView, request: Request, scope: Scope, *, writes: bool = False) -> None:
    """Raise unless somebody asks whose token has the scope.

    At the gate the facts themselves say who is an auditor, so that no statement is spent on it.
    """
    if not request.user.is_authenticated:
        view.permission_denied(request)
    demand(user=actor_of(request), token=token_of(request), scope=scope, writes=writes)
