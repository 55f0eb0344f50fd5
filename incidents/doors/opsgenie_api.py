"""Opsgenie's alert API v2 at `/compat/opsgenie/v2/alerts…`, for tools that speak to it already.

`Authorization: GenieKey <key>` tells the source. What changes an alert is kept and answered 202
with a number, by which `GET …/requests/<number>` tells later what became of it.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from incidents.doors.opsgenie import (
    ASKED,
    HEARD,
    LONGEST_ALIAS,
    REMARKS,
    REQUEST,
    SAID,
    SNOOZE,
    VENDOR,
    asked,
)
from incidents.intake import told
from incidents.models import Alert
from ledger import inbox
from ledger.decision import rfc3339
from ledger.inbox.shown_key import shown_key
from ledger.models import Message

LONGEST_MESSAGE = 130
MOST_SHOWN = 100
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer: its status and words, and after how many seconds to try again."""

    status: int
    words: Mapping[str, Any]
    wait: int | None = None


def _answered(view: Callable[..., _Said]) -> Callable[..., JsonResponse]:
    """Answer as Opsgenie does: with how long it took."""

    @wraps(view)
    def answer(request: HttpRequest, **named: str) -> JsonResponse:
        began = time.perf_counter()
        said = view(request, **named)
        took = round(time.perf_counter() - began, 3)
        response = JsonResponse({**said.words, "took": took}, status=said.status)
        if said.wait is not None:
            response.headers["Retry-After"] = str(said.wait)
        return response

    return answer


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@_answered
def alerts(request: HttpRequest) -> _Said:
    """Create an alert, or list those that are open."""
    if request.method == "POST":
        return _keep(request)
    try:
        source = _source(request)
    except inbox.NotTaken as refused:
        return _not_taken(refused)
    rows = Alert.objects.filter(source=source).exclude(state="resolved").order_by("-id")
    return _said(200, data=[_shown(one) for one in rows[:MOST_SHOWN]])


@csrf_exempt
@require_http_methods(["GET", "HEAD", "DELETE"])
@_answered
def one_alert(request: HttpRequest, name: str) -> _Said:
    """Tell of an alert, or close it."""
    if request.method == "DELETE":
        return _keep(request)
    try:
        source = _source(request)
    except inbox.NotTaken as refused:
        return _not_taken(refused)
    rows = Alert.objects.filter(source=source)
    if request.GET.get("identifierType") == "alias":
        found = rows.filter(key=told.name(name)).first()
    else:
        is_number = name.isascii() and name.isdecimal() and len(name) < 19
        found = rows.filter(pk=int(name)).first() if is_number else None
    if found is None:
        return _said(404, message="Alert not found")
    return _said(200, data=_shown(found))


@csrf_exempt
@require_http_methods(["POST"])
@_answered
def act(request: HttpRequest, name: str, verb: str) -> _Said:
    """Acknowledge or close an alert; what changes nothing here is kept all the same."""
    if verb not in {*SAID, *REMARKS, *HEARD}:
        return _said(404, message=f"There is no action {verb}")
    return _keep(request)


@csrf_exempt
@require_safe
@_answered
def asked_before(request: HttpRequest, number: str) -> _Said:
    """What became of a request."""
    try:
        source = _source(request)
    except inbox.NotTaken as refused:
        return _not_taken(refused)
    found = Message.objects.filter(source__slug=source, delivery_id=number).first()
    if found is None or found.state in (Message.State.PENDING, Message.State.FAILED):
        return _said(404, message="Request not found. It might not be processed, yet.")
    ask = asked(found.headers)
    alias = _alias(found, ask.name if ask.kind == "alias" else "")
    alert = Alert.objects.filter(source=source, key=alias).first() if alias else None
    done = found.state == Message.State.DONE
    return _said(
        200,
        data={
            "success": done,
            "action": ask.verb.capitalize(),
            "processedAt": rfc3339(found.received_at),
            "integrationId": source,
            "isSuccess": done,
            "status": f"{ask.verb.capitalize()}d" if done else found.error,
            "alertId": str(alert.pk) if alert else ask.name,
            "alias": alert.key if alert else alias,
        },
    )


def _alias(message: Message, given: str) -> str:
    """The key of the alert that a message is of."""
    if given:
        return told.name(given)
    try:
        fields = told.object_of(bytes(message.body))
    except inbox.Unreadable:
        return ""
    return told.name(fields.get("alias") or message.delivery_id)


def _keep(request: HttpRequest) -> _Said:
    """Keep what is asked, and answer its number."""
    if mistake := _mistake(request):
        return _said(422, message=mistake)
    number = str(uuid.uuid4())
    headers = {
        "Content-Type": request.headers.get("Content-Type", ""),
        "User-Agent": request.headers.get("User-Agent", ""),
        ASKED: f"{request.method} {request.get_full_path()}",
        REQUEST: number,
    }
    arrived = inbox.Arrived(
        vendor=VENDOR.word, key=shown_key(request), headers=headers, body=request.body
    )
    try:
        inbox.receive(arrived, now=timezone.now())
    except inbox.NotTaken as refused:
        return _not_taken(refused)
    return _said(202, number, result="Request will be processed")


def _mistake(request: HttpRequest) -> str:
    """What Opsgenie would not process."""
    try:
        fields: Mapping[str, Any] = told.object_of(request.body) if request.body.strip() else {}
    except inbox.Unreadable as wrong:
        return str(wrong)
    if (
        request.path.rstrip("/").endswith(f"/{SNOOZE}")
        and told.moment(fields.get("endTime")) is None
    ):
        return "End time must be an instant."
    if request.method != "POST" or not request.path.rstrip("/").endswith("/v2/alerts"):
        return ""
    message, alias = fields.get("message"), fields.get("alias", "")
    if not isinstance(message, str) or not message.strip():
        return "Message can not be empty."
    if len(message) > LONGEST_MESSAGE:
        return f"Message can not be longer than {LONGEST_MESSAGE} characters."
    if not isinstance(alias, str) or len(alias) > LONGEST_ALIAS:
        return f"Alias must be a text of {LONGEST_ALIAS} characters at most."
    if fields.get("priority", "P3") not in PRIORITIES:
        return f"Priority must be one of {', '.join(PRIORITIES)}."
    return ""


def _source(request: HttpRequest) -> str:
    arrived = inbox.Arrived(
        vendor=VENDOR.word, key=shown_key(request), headers=request.headers, body=b""
    )
    return inbox.identify(arrived, now=timezone.now())


def _shown(alert: Alert) -> dict[str, Any]:
    return {
        "id": str(alert.pk),
        "tinyId": str(alert.pk),
        "alias": alert.key,
        "message": alert.title,
        "status": "open" if alert.is_open else "closed",
        "acknowledged": alert.state == Alert.State.ACKNOWLEDGED,
        "isSeen": True,
        "snoozed": alert.is_snoozed(now=timezone.now()),
        **({"snoozedUntil": rfc3339(alert.snoozed_until)} if alert.snoozed_until else {}),
        "tags": [],
        "count": alert.heard,
        "lastOccurredAt": rfc3339(alert.last_heard_at),
        "createdAt": rfc3339(alert.first_at),
        "updatedAt": rfc3339(alert.last_heard_at),
        "source": alert.labels.get("source", ""),
        "owner": "",
        "priority": alert.severity_word,
        "description": alert.body,
        "entity": alert.labels.get("entity", ""),
        "details": alert.labels,
    }


def _not_taken(refused: inbox.NotTaken) -> _Said:
    return _said(refused.status_code, message=str(refused.detail), wait=refused.wait)


def _said(status: int, number: str = "", *, wait: int | None = None, **words: Any) -> _Said:
    return _Said(status, {**words, "requestId": number or str(uuid.uuid4())}, wait)
