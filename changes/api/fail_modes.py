"""What a client does when it cannot reach the gate: read, signed, and set by change managers."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.models import Environment
from catalog.scopes import HasScope
from catalog.wire import Instant, Number, Strict, Text, Word, asked, taken
from changes import outage
from changes.api.environments import EnvironmentView
from changes.api.gate_shapes import SLUG
from changes.api.shapes import instant, word
from changes.api.view import ApiView, reach_of
from changes.environments import NoSuchEnvironment
from changes.models import FailMode
from changes.queries.fail_modes import fail_mode_of
from changes.rulebook import fail_modes
from ledger.decision import rfc3339
from ledger.idempotency import idempotent

FRESH_SECONDS = 300


class PolicyAsked(Strict):
    service = Text(max_length=SLUG)
    environment = Text(max_length=SLUG)


class PolicyShown(serializers.Serializer):
    """What to do in one place while the gate cannot be reached, and the same signed."""

    service = word()
    environment = word()
    mode = serializers.ChoiceField(FailMode.Mode.choices)
    reason = word()
    issued_at = instant(null=False)
    expires_at = instant("Nobody goes by it from then on.")
    policy = word("A JWT signed with Ed25519; see /.well-known/jwks.json.")


class FailModeWords(Strict):
    """What is left out stays."""

    mode = Word(FailMode.Mode.choices, required=False)
    reason = Text(required=False, allow_blank=True, max_length=300, help_text="Pipelines print it.")
    allow_until = Instant(
        required=False,
        allow_null=True,
        help_text="With `allow`: when it denies again. Production must say it, 30 days at most.",
    )
    lasts_minutes = Number(
        required=False, min_value=5, max_value=1440, help_text="How long a client goes by it."
    )


class FailModeShown(serializers.Serializer):
    environment = word()
    mode = serializers.ChoiceField(FailMode.Mode.choices)
    reason = word()
    allow_until = instant()
    lasts_minutes = serializers.IntegerField()


class Policy(ApiView):
    """What a client keeps for the time the gate does not answer."""

    permission_classes = (HasScope("gate"),)

    @extend_schema(
        operation_id="gate_policy",
        parameters=[PolicyAsked],
        responses=answers({200: PolicyShown}, *READING),
    )
    def get(self, request: Request) -> Response:
        """Read what to do in a place when the gate cannot be reached, to keep until it expires."""
        given = asked(PolicyAsked, request.query_params)
        found = outage.policy(**given, now=timezone.now(), reach=reach_of(request))
        seconds = int((found.policy.expires_at - found.issued_at).total_seconds())
        fresh = max(0, min(FRESH_SECONDS, seconds))
        return Response(
            {
                "service": found.service,
                "environment": found.environment,
                "mode": found.policy.mode,
                "reason": found.policy.reason,
                "issued_at": rfc3339(found.issued_at),
                "expires_at": rfc3339(found.policy.expires_at),
                "policy": found.text,
            },
            headers={"Cache-Control": f"private, max-age={fresh}"},
        )


class OneFailMode(EnvironmentView):
    """What the clients of one environment do without the gate."""

    @extend_schema(
        operation_id="fail_modes_read",
        responses=answers({200: FailModeShown}, *READING, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Read what clients do when the gate cannot be reached."""
        return Response(shown(fail_mode_of(environment=_environment(slug))))

    @extend_schema(
        operation_id="fail_modes_set",
        parameters=[IDEMPOTENCY_KEY],
        request=FailModeWords,
        responses=answers({200: FailModeShown}, *WRITING, 404),
    )
    @idempotent
    def patch(self, request: Request, slug: str) -> Response:
        """Say what clients do when the gate cannot be reached. Only change managers do."""
        row = fail_mode_of(environment=_environment(slug))
        given = taken(FailModeWords, request.data)
        if "lasts_minutes" in given:
            given["lasts"] = timedelta(minutes=given.pop("lasts_minutes"))
        for name, value in given.items():
            setattr(row, name, value)
        return Response(shown(fail_modes.save(row, actor=actor_of(request), now=timezone.now())))


def shown(row: FailMode) -> dict[str, Any]:
    """`FailModeShown`."""
    return {
        "environment": row.environment.slug,
        "mode": row.mode,
        "reason": row.reason,
        "allow_until": rfc3339(row.allow_until),
        "lasts_minutes": int(row.lasts.total_seconds()) // 60,
    }


def _environment(slug: str) -> Environment:
    found = Environment.objects.filter(slug=slug).first()
    if found is None:
        raise NoSuchEnvironment(slug)
    return found
