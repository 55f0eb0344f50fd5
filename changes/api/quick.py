"""The short way to the gate: for the plain question of a program, which is nearly every one.

# Note [Two ways to the gate]
The REST framework's views and serializers cost a plain question as much as the rules and the facts
together (0.4 ms). So it is read, answered and written here. Whatever is out of the ordinary, wrong
or refused goes the long way, which words it; nothing has been written by then, and the same
functions decide, so both ways give one answer.
"""

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.exceptions import APIException

from catalog import json_body
from catalog.authentication import identified
from catalog.models.token import Scope
from catalog.scopes import demand
from changes import gate
from changes.api.question import plain
from changes.api.view import reach_of_token
from ledger.decision import Refused

ANY_ANSWER = frozenset({"", "*/*", json_body.JSON_TYPE})


def answered(request: HttpRequest) -> HttpResponse | None:
    """The gate's answer to a plain question; None where the long way must be taken."""
    sent = request.META
    if (
        request.method != "POST"
        or not sent.get("HTTP_AUTHORIZATION")
        or sent.get("CONTENT_TYPE") != json_body.JSON_TYPE
        or sent.get("HTTP_ACCEPT", "") not in ANY_ANSWER
    ):
        return None
    try:
        question = plain(json_body.parsed(request.body))
        if question is None:
            return None
        user, token = identified(request)
        demand(user=user, token=token, scope=Scope.GATE, writes=False)
        request.user = user  # the log of requests names who asked
        reach = reach_of_token(token)
        answer = gate.ask(question, actor=user, now=timezone.now(), reach=reach)
    except (APIException, Refused, LookupError):
        return None
    return HttpResponse(orjson.dumps(answer.as_json()), content_type=json_body.JSON_TYPE)
