"""`POST /oidc/token`: a pipeline's own token for one of ours, after RFC 8693."""

from typing import Any, Final

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import rate_limits
from catalog.api_schema import answers
from catalog.authentication import CHALLENGE, NotIdentified
from catalog.scopes import OutOfReach
from catalog.wire import Strict, Text, Word, taken
from changes.api.shape_parts import instant, word
from changes.api.view import ApiView
from ledger.decision import rfc3339
from ledger.oidc import exchanging
from ledger.oidc.refused import NotTrusted, SubjectRefused
from ledger.oidc.verifying import LONGEST_CHARACTERS

GRANT: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
SUBJECTS: Final = tuple(f"urn:ietf:params:oauth:token-type:{kind}" for kind in ("jwt", "id_token"))
GIVEN: Final = "urn:ietf:params:oauth:token-type:access_token"


class Exchange(Strict):
    """What the pipeline was given by its issuer; `rule` and `scope` ask for less.

    `renews` is a token of ours that was given for the same: so a job that waits is given another.
    """

    subject_token = Text(max_length=LONGEST_CHARACTERS, help_text="The issuer's token (JWT).")
    grant_type = Word([GRANT], required=False, help_text="As in RFC 8693; may be left out.")
    subject_token_type = Word(SUBJECTS, required=False, help_text="May be left out.")
    rule = Text(required=False, max_length=80, help_text="This rule, where several would do.")
    scope = Text(required=False, max_length=300, help_text="Scopes, parted by spaces.")
    renews = Text(required=False, max_length=120, help_text="A token that was given for the same.")


class Exchanged(serializers.Serializer):
    """A token of ours; it is told now and never again."""

    access_token = word()
    issued_token_type = word(GIVEN)
    token_type = word("Bearer")
    expires_in = serializers.IntegerField(help_text="Seconds.")
    expires_at = instant(null=False)
    scope = word("Scopes, parted by spaces.")
    services = serializers.ListField(child=word(), help_text="Empty means any.")
    teams = serializers.ListField(child=word(), help_text="Empty means any.")
    environments = serializers.ListField(child=word(), help_text="Empty means any.")
    acts_as = word("The robot.")
    rule = word("The rule of trust.")


class ComeAgain(APIException):
    """503: the issuer's keys are not there yet."""

    status_code = 503

    def __init__(self, refused: SubjectRefused) -> None:
        self.code, self.wait = refused.code, refused.retry_after and refused.retry_after.seconds
        super().__init__(str(refused), refused.code)


class NoOther(BaseAuthentication):
    """The token in the body says who asks; a header is not looked at."""

    def authenticate(self, request: Request) -> None:
        return None

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


EXAMPLES = [
    OpenApiExample(
        "A pipeline's token",
        value={"subject_token": "eyJhbGciOiJSUzI1NiIs…", "rule": "deploy"},
        request_only=True,
    ),
    OpenApiExample(
        "A token of ours",
        value={
            "access_token": "tg_5vX2mQw…",
            "issued_token_type": GIVEN,
            "token_type": "Bearer",
            "expires_in": 300,
            "expires_at": "2026-11-20T09:05:00Z",
            "scope": "gate",
            "services": ["payments-api"],
            "teams": [],
            "environments": ["production"],
            "acts_as": "ci",
            "rule": "deploy",
        },
        response_only=True,
        status_codes=["200"],
    ),
]


class OidcToken(ApiView):
    """Open to all: the token in the body is looked at."""

    authentication_classes = (NoOther,)
    permission_classes = ()

    @extend_schema(
        operation_id="oidc_exchange",
        auth=[],
        request=Exchange,
        responses=answers({200: Exchanged}, 401, 403, 406, 411, 413, 415, 422, 429, 503),
        examples=EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        """Exchange the token that GitHub Actions or GitLab gave a pipeline for one of ours.

        It lives for a quarter of an hour at most, and never longer than the pipeline's own, each of
        which is exchanged once, and again only with what was given for it, as `renews`. 503: the
        issuer's keys are being read, so send the same again.
        """
        given, now = taken(Exchange, request.data), timezone.now()
        asked = exchanging.Asked(
            subject_token=given["subject_token"],
            rule=given.get("rule", ""),
            scopes=tuple(given.get("scope", "").split()),
            renews=given.get("renews", ""),
        )
        try:
            found = exchanging.exchange(asked, now=now)
        except SubjectRefused as refused:
            if refused.is_forged:
                rate_limits.failed(request.META, now=now)
            raise _as_answer(refused) from None
        left = int((found.ends_at - now).total_seconds())
        return Response(
            {**_shown(found), "expires_in": left}, headers={"Cache-Control": "no-store"}
        )


def _as_answer(refused: SubjectRefused) -> APIException:
    if refused.retry_after is not None:
        return ComeAgain(refused)
    kind = OutOfReach if isinstance(refused, NotTrusted) else NotIdentified
    return kind(code=refused.code, message=refused.message, remedy=refused.remedy)


def _shown(found: exchanging.Exchanged) -> dict[str, Any]:
    """`Exchanged`, but for the seconds."""
    token = found.token
    return {
        "access_token": found.secret,
        "issued_token_type": GIVEN,
        "token_type": "Bearer",
        "expires_at": rfc3339(token.expires_at),
        "scope": " ".join(token.scopes),
        "services": token.services,
        "teams": token.teams,
        "environments": token.environments,
        "acts_as": token.user.username,
        "rule": found.rule.name,
    }
