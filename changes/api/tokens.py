"""`/tokens`: what the token that asks is good for, and its rotation by itself."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import token_life
from catalog.actors import actor_of
from catalog.api_schema import READING, WRITING, answers
from catalog.models import ApiToken
from catalog.models.token import Scope
from catalog.scopes import OutOfReach
from catalog.wire import Number, Strict, taken
from changes.api.shape_parts import instant, word
from changes.api.view import ApiView, token_of
from ledger import issued_tokens
from ledger.decision import rfc3339

HOUR = timedelta(hours=1)


class Rotation(Strict):
    """For how long the old token stays good beside the new one."""

    overlap_hours = Number(
        required=False,
        default=token_life.USUAL_OVERLAP // HOUR,
        min_value=0,
        max_value=token_life.LONGEST_OVERLAP // HOUR,
        help_text="The old token ends after so many hours; 0 ends it at once.",
    )


class TokenShown(serializers.Serializer):
    """What a token is good for, and until when."""

    name = word()
    prefix = word("Its first characters.")
    acts_as = word("The username it acts as.")
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))
    services = serializers.ListField(child=word(), help_text="Empty means any.")
    teams = serializers.ListField(child=word(), help_text="Empty means any.")
    environments = serializers.ListField(child=word(), help_text="Empty means any.")
    per_minute = serializers.IntegerField(allow_null=True, help_text="Null: the usual limits.")
    created_at = instant(null=False)
    expires_at = instant()
    last_used_at = instant()
    risks = serializers.ListField(
        child=serializers.ChoiceField([(str(risk), says) for risk, says in token_life.SAYS.items()])
    )


class TokenRotated(TokenShown):
    """The new token; its secret is told now and never again."""

    secret = word()
    old_ends_at = instant(null=False)


SHOWN = {
    "name": "ci",
    "prefix": "tg_5vX2mQw",
    "acts_as": "ci",
    "scopes": ["gate"],
    "services": ["payments-api"],
    "teams": [],
    "environments": ["production"],
    "per_minute": None,
    "created_at": "2026-11-20T09:00:00Z",
    "expires_at": "2027-02-18T09:00:00Z",
    "last_used_at": None,
    "risks": [],
}
ROTATED = OpenApiExample(
    "Rotated",
    value={**SHOWN, "secret": "tg_5vX2mQw…", "old_ends_at": "2026-11-21T09:00:00Z"},
    response_only=True,
    status_codes=["201"],
)


class TokenView(ApiView):
    """An endpoint for tokens of any scope, and for nobody else."""

    permission_classes = ()

    def token(self, request: Request) -> ApiToken:
        """The token that asks; raises for nobody, and for a browser."""
        if not request.user.is_authenticated:
            self.permission_denied(request)
        token = token_of(request)
        if token is None:
            raise OutOfReach(
                code="not_permitted",
                message="Only an API token asks this about itself.",
                remedy="Send one as “Authorization: Bearer …”; yours are at /account/tokens.",
            )
        return token


class CurrentToken(TokenView):
    """The token that asks."""

    @extend_schema(
        operation_id="tokens_current",
        responses=answers({200: TokenShown}, *READING),
        examples=[OpenApiExample("Current", value=SHOWN, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """What is this token good for, and until when?"""
        return Response(shown(self.token(request)))


class Rotate(TokenView):
    """A token replaces itself."""

    @extend_schema(
        operation_id="tokens_rotate",
        request=Rotation,
        responses=answers({201: TokenRotated}, *WRITING),
        examples=[ROTATED],
    )
    def post(self, request: Request) -> Response:
        """Replace the token that asks by a new one, good for the same and as long.

        A token is replaced once. No Idempotency-Key is taken, for the secret is kept nowhere: if
        the answer is lost, ask for a token as for the first one.
        """
        old, now = self.token(request), timezone.now()
        overlap = taken(Rotation, request.data)["overlap_hours"] * HOUR
        actor = actor_of(request).username
        new, secret = issued_tokens.rotate(actor=actor, token=old, now=now, overlap=overlap)
        ends = min(filter(None, (old.expires_at, now + overlap)))
        said = {**shown(new), "secret": secret, "old_ends_at": rfc3339(ends)}
        return Response(said, status=201, headers={"Cache-Control": "no-store"})


def shown(token: ApiToken) -> dict[str, Any]:
    """`TokenShown`."""
    return {
        "name": token.name,
        "prefix": token.prefix,
        "acts_as": token.user.username,
        "scopes": token.scopes,
        "services": token.services,
        "teams": token.teams,
        "environments": token.environments,
        "per_minute": token.per_minute,
        "created_at": rfc3339(token.created_at),
        "expires_at": rfc3339(token.expires_at),
        "last_used_at": rfc3339(token.last_used_at),
        "risks": [str(risk) for risk in token_life.risks(token, now=timezone.now())],
    }
