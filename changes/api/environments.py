"""`/environments/production`: what goes on there, how much at once, and taking it for a while."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.models import Environment
from catalog.scopes import HasScope
from catalog.wire import Instant, Number, Strict, Text, Truth, Word, taken
from changes import environments
from changes.api.shapes import instant, word
from changes.api.view import ApiView
from changes.environments import NoSuchEnvironment
from changes.models import EnvironmentLock
from changes.queries.environments import Busy, busy
from changes.queries.names import there_is_no
from ledger.decision import rfc3339
from ledger.idempotency import idempotent


class LockWords(Strict):
    reason = Text(max_length=300, help_text="What it is needed for; those who wait read it.")
    until = Instant(help_text="At most a week ahead.")
    change = Text(
        required=False,
        allow_blank=True,
        default="",
        max_length=24,
        help_text="CHG-1042: the one change that starts there all the same.",
    )


class NoWords(Strict):
    """Nothing needs to be said; the body may be left out."""


class Limits(Strict):
    one_at_a_time = Word(Environment.OneAtATime.choices, required=False)
    max_running = Number(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=1000,
        help_text="Changes implemented there at once; null means any number.",
    )
    demands_reauthentication = Truth(
        required=False,
        help_text="Approvers give their password, and code, again; no token approves.",
    )


class LockShown(serializers.Serializer):
    """Who has taken an environment, until when and what for."""

    ref = word("LOCK-3")
    by = word()
    reason = word()
    change = word("The one that starts there all the same.", null=True)
    locked_at = instant(null=False)
    until = instant(null=False)
    released_at = instant()
    released_by = word(null=True)


class AtWork(serializers.Serializer):
    """A change that is being implemented."""

    ref = word()
    title = word()
    service = word()
    by = word("Who started it.")
    started_at = instant(null=False)


class EnvironmentNow(serializers.Serializer):
    """An environment, and what goes on there."""

    slug = word()
    name = word()
    default = serializers.ChoiceField(Environment.Default.choices)
    one_at_a_time = serializers.ChoiceField(Environment.OneAtATime.choices)
    max_running = serializers.IntegerField(allow_null=True)
    demands_reauthentication = serializers.BooleanField()
    lock = LockShown(allow_null=True)
    running = AtWork(many=True)


class EnvironmentView(ApiView):
    """Reading asks changes:read, writing windows:write."""

    permission_classes = (HasScope("changes:read", write="windows:write"),)

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(
            Http404(str(exc)) if isinstance(exc, NoSuchEnvironment) else exc
        )


class OneEnvironment(EnvironmentView):
    """One environment."""

    @extend_schema(
        operation_id="environments_read",
        responses=answers({200: EnvironmentNow}, *READING, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Read who has taken an environment and who works there."""
        return Response(_now(slug))

    @extend_schema(
        operation_id="environments_limit",
        parameters=[IDEMPOTENCY_KEY],
        request=Limits,
        responses=answers({200: EnvironmentNow}, *WRITING, 404),
    )
    @idempotent
    def patch(self, request: Request, slug: str) -> Response:
        """Say what it keeps apart, how many run at once and whether approvers confirm who they are.

        Only change managers do."""
        given = taken(Limits, request.data)
        environments.limit(environment=slug, actor=actor_of(request), now=timezone.now(), **given)
        return Response(_now(slug))


class Lock(EnvironmentView):
    """Taking an environment."""

    @extend_schema(
        operation_id="environments_lock",
        parameters=[IDEMPOTENCY_KEY],
        request=LockWords,
        responses=answers({201: LockShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        """Take it: nothing but emergencies, and the change named, starts there until then.

        Change managers and whoever is on call do. 409 when somebody has taken it.
        """
        given = taken(LockWords, request.data)
        lock = environments.lock(
            environment=slug, actor=actor_of(request), now=timezone.now(), **given
        )
        return Response(shown(lock), status=201)


class Release(EnvironmentView):
    """Giving an environment back."""

    @extend_schema(
        operation_id="environments_release",
        parameters=[IDEMPOTENCY_KEY],
        request=NoWords,
        responses=answers({200: LockShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        """Give it back before its lock ends."""
        taken(NoWords, request.data)
        lock = environments.release(environment=slug, actor=actor_of(request), now=timezone.now())
        return Response(shown(lock))


def shown(lock: EnvironmentLock) -> dict[str, Any]:
    """`LockShown`."""
    return {
        "ref": lock.ref,
        "by": lock.locked_by.username,
        "reason": lock.reason,
        "change": lock.change.ref if lock.change else None,
        "locked_at": rfc3339(lock.locked_at),
        "until": rfc3339(lock.until),
        "released_at": rfc3339(lock.released_at),
        "released_by": lock.released_by.username if lock.released_by else None,
    }


def _now(slug: str) -> dict[str, Any]:
    row = Environment.objects.filter(slug=slug).first()
    if row is None:
        raise Http404(there_is_no("environment", slug))
    return _busy(busy(environment=row, now=timezone.now()))


def _busy(found: Busy) -> dict[str, Any]:
    """`EnvironmentNow`."""
    row = found.environment
    return {
        "slug": row.slug,
        "name": row.name,
        "default": row.default,
        "one_at_a_time": row.one_at_a_time,
        "max_running": row.max_running,
        "demands_reauthentication": row.demands_reauthentication,
        "lock": shown(found.lock) if found.lock else None,
        "running": [
            {
                "ref": one.ref,
                "title": one.title,
                "service": one.service.slug,
                "by": one.started_by.username if one.started_by else "",
                "started_at": rfc3339(one.started_at),
            }
            for one in found.running
        ],
    }
