"""Idempotency keys: a write sent twice is done once, and answered twice with the same words."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.canonical import sha256_hex
from ledger.models import StoredAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 255
WAIT_SECONDS = 5
_LIMIT_WAIT = "SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, true)"
_CLAIM = """
INSERT INTO ledger_storedanswer (actor, key, request_hash, status, body, created_at)
VALUES (%s, %s, %s, 500, 'null', %s) ON CONFLICT (actor, key) DO NOTHING RETURNING id
"""


class KeyRefused(APIException):
    """422: the key cannot be used for this request. `code`, `message`, `remedy` say why."""

    status_code = 422

    def __init__(self, *, code: str, message: str, remedy: str) -> None:
        self.code, self.message, self.remedy = code, message, remedy
        super().__init__(f"{message} {remedy}", code)


class StillAtWork(APIException):
    """409: the first request with this key has not been answered yet."""

    status_code = 409
    code = "idempotency_key_in_use"
    wait = 1

    def __init__(self) -> None:
        super().__init__(
            "The first request with this Idempotency-Key is still at work. "
            "Send it again in a second."
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON body; `replayed` when it was given before."""

    status: int
    body: Any
    replayed: bool = False


def answered(*, actor: str, key: str, request_hash: str) -> Answer | None:
    """The answer given for this key before; raises `KeyRefused` if to another request."""
    row = StoredAnswer.objects.filter(actor=actor, key=key).first()
    if row is None:
        return None
    if row.request_hash != request_hash:
        raise KeyRefused(
            code="idempotency_key_reused",
            message=f"The Idempotency-Key “{key}” was used for another request.",
            remedy="Use a new key for a new request.",
        )
    return Answer(row.status, json.loads(row.body), replayed=True)


def remember(*, actor: str, key: str, request_hash: str, answer: Answer, now: datetime) -> None:
    """Keep an answer with the write it tells of, in the caller's transaction."""
    StoredAnswer.objects.update_or_create(
        actor=actor,
        key=key,
        defaults={
            "request_hash": request_hash,
            "status": answer.status,
            "body": JSONRenderer().render(answer.body).decode(),
            "created_at": now,
        },
    )


def once(
    *, actor: str, key: str, request_hash: str, now: datetime, act: Callable[[], Answer]
) -> Answer:
    """Act and remember the answer in one transaction; the same request again is only answered.

    A second request waits for the first on the unique row. What `act` raises, and an answer of
    400 and up, undoes the write and is not remembered, so that it can be tried again.
    Raises `KeyRefused`, `StillAtWork`.
    """
    with transaction.atomic():
        if not _claimed(actor=actor, key=key, request_hash=request_hash, now=now):
            given = answered(actor=actor, key=key, request_hash=request_hash)
            if given is None:
                raise StillAtWork
            return given
        answer = act()
        if answer.status >= 400:
            transaction.set_rollback(True)
        else:
            remember(actor=actor, key=key, request_hash=request_hash, answer=answer, now=now)
    return answer


def idempotent(view: Callable[..., Response]) -> Callable[..., Response]:
    """Let a writing method of an API view honour the `Idempotency-Key` header."""

    @wraps(view)
    def answer_once(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return view(self, request, *args, **kwargs)
        response: Response | None = None

        def act() -> Answer:
            nonlocal response
            response = view(self, request, *args, **kwargs)
            return Answer(response.status_code, response.data)

        answer = once(
            actor=request.user.get_username(),
            key=valid_key(key),
            request_hash=hash_of(request),
            now=timezone.now(),
            act=act,
        )
        if response is None:
            return Response(answer.body, status=answer.status, headers={REPLAYED: "true"})
        return response

    return answer_once


def valid_key(key: str) -> str:
    """The key, if it is one; raises `KeyRefused`."""
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise KeyRefused(
            code="invalid",
            message="The Idempotency-Key cannot be read.",
            remedy=f"Send 1 to {LONGEST_KEY} printable ASCII characters, such as a UUID.",
        )
    return key


def hash_of(request: Request) -> str:
    """What makes two requests the same: method, address with query, and JSON body."""
    return sha256_hex([request.method, request.get_full_path(), request.data])


def forget(*, before: datetime) -> int:
    """Delete answers older than an instant; answers how many."""
    return StoredAnswer.objects.filter(created_at__lt=before).delete()[0]


def _claimed(*, actor: str, key: str, request_hash: str, now: datetime) -> bool:
    """Whether this transaction is the first with the key; waits for one that is at work."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LIMIT_WAIT, [f"{int(WAIT_SECONDS * 1000)}ms"])
            usual, _ = cursor.fetchone()
            cursor.execute(_CLAIM, [actor, key, request_hash, now])
            first = cursor.fetchone() is not None
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [usual])
            return first
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == "55P03":  # lock_not_available
            raise StillAtWork from None
        raise
