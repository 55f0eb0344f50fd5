"""`/permits`: taking one back, and the list of those that start nothing."""

from hashlib import sha256
from typing import Any
from uuid import UUID

from django.http import HttpResponseBase, JsonResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, WRITING, answers
from catalog.wire import Strict, Text, taken
from changes import permits
from changes.api.shapes import instant, word
from changes.api.view import ApiView, reach_of
from changes.policies.revoking import PermitGiven
from ledger.decision import rfc3339
from ledger.idempotency import idempotent

FRESH_SECONDS = 30
REASON = 2000


class RevocationWords(Strict):
    reason = Text(max_length=REASON, help_text="Why it is taken back; whoever shows it reads this.")


class PermitShown(serializers.Serializer):
    """A permit the gate gave, and what became of it. The permit itself is never stored."""

    permit_id = serializers.UUIDField(help_text="The gate's decision id, and the permit's `jti`.")
    change = word()
    service = word()
    environment = word()
    asked_by = word()
    given_at = instant(null=False)
    expires_at = instant(null=False)
    used_at = instant("When it started a deployment.")
    revoked_at = instant()
    revoked_by = word(null=True)
    reason = word()


class RevokedPermit(serializers.Serializer):
    """A permit that starts nothing although it has not expired."""

    permit_id = serializers.UUIDField(help_text="The permit's `jti`.")
    expires_at = instant(null=False)


class RevokedPermitsShown(serializers.Serializer):
    """The list, and the same signed by a key of /.well-known/jwks.json."""

    as_of = instant(null=False)
    fresh_until = instant("Fetch it again before; trust no permit after.", null=False)
    revoked = RevokedPermit(many=True)
    signed = word("A JWT of type revocations+jwt: iss, iat, exp, and revoked as [{jti, exp}].")


class Revocations(ApiView):
    """Revocations of permits."""

    @extend_schema(
        operation_id="permits_revoke",
        parameters=[IDEMPOTENCY_KEY],
        request=RevocationWords,
        responses=answers({200: PermitShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, permit_id: UUID) -> Response:
        """Take a permit back. It starts nothing any more; its change may ask for another."""
        reason = taken(RevocationWords, request.data)["reason"]
        permit = permits.revoke(
            permit_id=permit_id,
            reason=reason,
            actor=actor_of(request),
            now=timezone.now(),
            reach=reach_of(request),
        )
        return Response(shown(permit))


class RevokedPermits(ApiView):
    """Open to all, like the keys: whoever is shown a permit can verify it."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        operation_id="permits_revoked",
        auth=[],
        responses=answers({200: RevokedPermitsShown}, 406, 503),
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Read which permits start nothing although they have not expired.

        Those that were revoked, and those whose change is held, in planning, cancelled, or past
        deploying. 304 where it says what `If-None-Match` knows.
        """
        found = permits.revoked(now=timezone.now())
        response = JsonResponse(listed(found))
        response["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
        etag = f'"{sha256(response.content).hexdigest()[:32]}"'
        response["ETag"] = etag
        return get_conditional_response(request, etag=etag, response=response) or response


def shown(permit: PermitGiven) -> dict[str, Any]:
    """`PermitShown`."""
    return {
        "permit_id": permit.id,
        "change": permit.change,
        "service": permit.service,
        "environment": permit.environment,
        "asked_by": permit.asked_by,
        "given_at": rfc3339(permit.given_at),
        "expires_at": rfc3339(permit.expires_at),
        "used_at": rfc3339(permit.used_at),
        "revoked_at": rfc3339(permit.revoked_at),
        "revoked_by": permit.revoked_by or None,
        "reason": permit.reason,
    }


def listed(found: permits.RevokedPermits) -> dict[str, Any]:
    """`RevokedPermitsShown`."""
    return {
        "as_of": rfc3339(found.as_of),
        "fresh_until": rfc3339(found.fresh_until),
        "revoked": [
            {"permit_id": key, "expires_at": rfc3339(ends_at)} for key, ends_at in found.permits
        ],
        "signed": found.signed,
    }
