"""`/.well-known/`: the public keys by which permits, and by which seals are verified."""

from typing import Any

from django.http import JsonResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from catalog.api_schema import answers
from changes import permits
from changes.api.shapes import word
from changes.api.view import ApiView
from ledger import keys
from ledger.seals import PURPOSE

FRESH_SECONDS = 300
JWK_SET = "application/jwk-set+json"


class KeyShown(serializers.Serializer):
    """A public key by RFC 7517 and RFC 8037."""

    kty = word()
    crv = word()
    alg = word()
    use = word()
    kid = word("What the head of a permit, or a seal, names.")
    x = word()


class KeySet(serializers.Serializer):
    """Every public key, with one to come, and with retired ones whose signatures may count."""

    keys = KeyShown(many=True)


class Keys(ApiView):
    """Open to all: whoever is shown a permit can verify it."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        operation_id="keys_read", auth=[], responses=answers({(200, JWK_SET): KeySet}, 406, 503)
    )
    def get(self, request: Request) -> JsonResponse:
        """Read the public keys that verify permits."""
        return _published(permits.key_set(now=timezone.now()))


class SealKeys(ApiView):
    """Open to all: whoever holds an export of the ledger can verify it."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        operation_id="seal_keys_read",
        auth=[],
        responses=answers({(200, JWK_SET): KeySet}, 406, 503),
    )
    def get(self, request: Request) -> JsonResponse:
        """Read the public keys that verify seals of the ledger."""
        return _published(keys.jwks(purpose=PURPOSE))


def _published(found: dict[str, Any]) -> JsonResponse:
    response = JsonResponse(found, content_type=JWK_SET)
    response["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    return response
