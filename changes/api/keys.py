"""`/.well-known/jwks.json`: the public keys by which permits are verified."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from ledger import keys

FRESH_SECONDS = 300


@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    """The JSON Web Key Set, open to all; retired keys stay in it."""
    response = JsonResponse(keys.jwks(), content_type="application/jwk-set+json")
    response["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    return response
