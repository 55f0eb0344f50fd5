"""The short way to the gate, and to lists: for what programs plainly ask, which is nearly all.

# Note [Two ways to the gate]
A request of Django's, the middleware of pages and the views of the REST framework cost a plain
question more than the rules and the facts together. So it is read, answered and written here.
Whatever is out of the ordinary, wrong or refused goes the long way, which words it; nothing has
been written by then, and the same functions decide, so both ways give one answer.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from django.core.exceptions import ValidationError
from django.core.handlers.wsgi import WSGIRequest
from django.utils import timezone
from rest_framework.exceptions import APIException

from catalog import rate_limits, tokens
from catalog.json_body import JSON_TYPE
from catalog.models import ApiToken
from catalog.models.token import Scope
from catalog.pagination import DEFAULT_LIMIT
from catalog.scopes import demand
from catalog.statements import Link
from catalog.tokens import TokenRefused
from changes import gate
from changes.api import filters, gate_shapes, one_decision
from changes.api.question import plain
from changes.policies.reach import Reach
from changes.queries.lists import Filters, page
from changes.queries.reach import reach_of_token
from ledger.decision import Refused

ANY_ANSWER = frozenset({"", "*/*", JSON_TYPE})
LONGEST_BODY_BYTES = 4000
POLLED = "/api/v1/gate/decisions/"
EXPLAIN = "/api/v1/gate/explain"
CHANGES = "/api/v1/changes"
LONGEST_CURSOR = 200


def is_usual(sent: Mapping[str, Any]) -> bool:
    """Whether it is a short JSON text with a token, for whoever takes JSON back. As WSGI has it."""
    return (
        sent["REQUEST_METHOD"] == "POST"
        and sent.get("HTTP_AUTHORIZATION", "")[:7] == "Bearer "
        and sent.get("CONTENT_TYPE") == JSON_TYPE
        and sent.get("HTTP_ACCEPT", "") in ANY_ANSWER
        and sent.get("CONTENT_LENGTH", "").isdecimal()
        and int(sent["CONTENT_LENGTH"]) <= LONGEST_BODY_BYTES
        and not sent.get("HTTP_COOKIE")
    )


def _reads(sent: Mapping[str, Any]) -> bool:
    """Whether a program reads, with a token, and takes JSON back."""
    return (
        sent["REQUEST_METHOD"] == "GET"
        and sent.get("HTTP_AUTHORIZATION", "")[:7] == "Bearer "
        and sent.get("HTTP_ACCEPT", "") in ANY_ANSWER
        and not sent.get("HTTP_COOKIE")
    )


def polls(sent: Mapping[str, Any]) -> str:
    """The id of the decision that is polled, as it was written in the path; "" for another request.

    Only by a program that has an answer already and names nothing besides.
    """
    path = sent["PATH_INFO"]
    usual = (
        path[: len(POLLED)] == POLLED
        and "HTTP_IF_NONE_MATCH" in sent
        and not sent.get("QUERY_STRING")
        and _reads(sent)
    )
    return path[len(POLLED) :] if usual else ""


def explains(sent: Mapping[str, Any]) -> bool:
    """Whether a program asks what the gate says now, and why, of a change or a revision."""
    return sent["PATH_INFO"] == EXPLAIN and _reads(sent)


def explained(sent: Mapping[str, Any]) -> tuple[bytes, str] | None:
    """What the gate says, rule by rule, as JSON, and who is told; None for the long way."""
    given = dict(parse_qsl(sent.get("QUERY_STRING", ""), keep_blank_values=True))
    question, now = plain(given), timezone.now()
    if question is None or question.artifact or not (question.change or question.revision):
        return None
    if sent["QUERY_STRING"].count("=") != len(given):  # something is named twice
        return None
    try:
        found, reader = gate.examine_as_bearer(
            question, secret=_secret(sent), reach_of=_reach_of_reader, now=now
        )
    except (APIException, Refused, LookupError, TokenRefused):
        return None
    return orjson.dumps(gate_shapes.explained(found, at=now)), reader.username


def lists(sent: Mapping[str, Any]) -> bool:
    """Whether a program asks for a page of all changes."""
    return sent["PATH_INFO"] == CHANGES and _reads(sent)


def listed(sent: Mapping[str, Any]) -> tuple[bytes, str] | None:
    """The page that a cursor leads to, or the first, as JSON, and who is told; None for the long
    way."""
    request, now = WSGIRequest(dict(sent)), timezone.now()
    cursor = request.GET.get("cursor")
    if request.GET.keys() - {"cursor"} or len(request.GET.getlist("cursor")) > 1:
        return None
    if cursor is not None and not 0 < len(cursor) <= LONGEST_CURSOR:
        return None
    try:
        token = tokens.identify(secret=_secret(sent), now=now)
        if reach_of_token(token).limited:
            return None
        demand(user=token.user, token=token, scope=Scope.CHANGES_READ, writes=False)
        rate_limits.demand(token=token, kind=rate_limits.Kind.READS, now=now)
        found = page(filters=Filters(), cursor=cursor, limit=DEFAULT_LIMIT)
    except (APIException, ValidationError, TokenRefused):
        return None
    return orjson.dumps(filters.page_shown(request, found)), token.user.username


def unchanged(sent: Mapping[str, Any], decision: str, *, over: Link) -> gate.Unchanged | None:
    """What still holds of what was told by the tag that is sent; None for the long way."""
    key = (decision, tokens.digest_of(_secret(sent)))
    found = gate.unchanged(key, now=timezone.now(), over=over)
    if found is None or not one_decision.matches(sent["HTTP_IF_NONE_MATCH"], found.tag):
        return None
    return found


def _secret(sent: Mapping[str, Any]) -> str:
    return str(sent["HTTP_AUTHORIZATION"]).removeprefix("Bearer ").strip()


def decided(sent: Mapping[str, Any], body: bytes, *, by_memory: bool = True) -> gate.Decided | None:
    """What the gate says to a plain question; None where the long way must be taken.

    Not `by_memory` where that was so no more: who asks is not counted a second time.
    """
    question = _question(body)
    if question is None:
        return None
    try:
        return gate.decide_as_bearer(
            question,
            secret=_secret(sent),
            reach_of=_reach_of if by_memory else _reach_of_reader,
            now=timezone.now(),
            by_memory=by_memory,
        )
    except (APIException, Refused, LookupError, TokenRefused):
        return None


def written(decided: gate.Decided) -> bytes:
    """The answer as JSON, its permit signed."""
    return orjson.dumps(decided.as_json())


def _question(body: bytes) -> gate.Question | None:
    """The plain question in a body; escapes may stand for what no text here can hold."""
    try:
        return None if b"\\u" in body else plain(orjson.loads(body))
    except orjson.JSONDecodeError:
        return None


def _reach_of_reader(token: ApiToken) -> Reach:
    """How far the token reaches; raises where it has no scope for the gate."""
    demand(user=token.user, token=token, scope=Scope.GATE, writes=False)
    return reach_of_token(token)


def _reach_of(token: ApiToken) -> Reach:
    """How far the token reaches; raises where it has no scope for the gate, or asks too often."""
    reach = _reach_of_reader(token)
    rate_limits.demand(token=token, kind=rate_limits.Kind.GATE, now=timezone.now())
    return reach
