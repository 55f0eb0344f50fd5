"""The short way to the gate: for the plain question of a program, which is nearly every one.

# Note [Two ways to the gate]
The middleware of pages and the views of the REST framework cost a plain question as much as the
rules and the facts together (0.4 ms). So it is read, answered and written here. Whatever is out of
the ordinary, wrong or refused goes the long way, which words it; nothing has been written by then,
and the same functions decide, so both ways give one answer.
"""

import orjson
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.exceptions import APIException

from catalog import json_body
from catalog.models import ApiToken
from catalog.models.token import Scope
from catalog.scopes import demand
from catalog.tokens import TokenRefused
from changes import gate
from changes.api.question import plain
from changes.api.view import reach_of_token
from changes.policies.reach import Reach
from ledger.decision import Refused

ANY_ANSWER = frozenset({"", "*/*", json_body.JSON_TYPE})
LONGEST_BODY_BYTES = 4000


def answered(request: HttpRequest) -> HttpResponse | None:
    """The gate's answer to a plain question; None where the long way must be taken."""
    if not _is_usual(request):
        return None
    try:
        request.get_host()
        question = plain(json_body.parsed(request.body))
        if question is None:
            return None
        secret = request.META["HTTP_AUTHORIZATION"].removeprefix("Bearer ").strip()
        answer, request.user = gate.ask_as_bearer(
            question, secret=secret, reach_of=_reach_of, now=timezone.now()
        )
    except (APIException, SuspiciousOperation, Refused, LookupError, TokenRefused):
        return None
    body = orjson.dumps(answer.as_json())
    length = {"Content-Length": str(len(body))}
    return HttpResponse(body, content_type=json_body.JSON_TYPE, headers=length)


def _reach_of(token: ApiToken) -> Reach:
    """How far the token reaches; raises where it has no scope for the gate."""
    demand(user=token.user, token=token, scope=Scope.GATE, writes=False)
    return reach_of_token(token)


def _is_usual(request: HttpRequest) -> bool:
    """Whether it is a short JSON text with a token, for whoever takes JSON back."""
    sent = request.META
    return (
        request.method == "POST"
        and sent.get("HTTP_AUTHORIZATION", "")[:7] == "Bearer "
        and sent.get("CONTENT_TYPE") == json_body.JSON_TYPE
        and sent.get("HTTP_ACCEPT", "") in ANY_ANSWER
        and sent.get("CONTENT_LENGTH", "").isdigit()
        and int(sent["CONTENT_LENGTH"]) <= LONGEST_BODY_BYTES
    )
