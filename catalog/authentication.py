"""Who sends a request: the bearer of an API token, or a browser's signed-in user."""

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from catalog import rate_limits, tokens
from catalog.models import ApiToken, User

CHALLENGE = 'Bearer realm="tidegate"'


class NotIdentified(AuthenticationFailed):
    """401: no identity. `code`, `message` and `remedy` say why."""

    def __init__(self, *, code: str, message: str, remedy: str) -> None:
        self.code, self.message, self.remedy = code, message, remedy
        self.auth_header = CHALLENGE
        super().__init__(f"{message} {remedy}", code)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer tg_…`; `request.auth` is the `ApiToken`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        return _bearer(request)

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class BrowserAuthentication(SessionAuthentication):
    """The session of a signed-in user, with the CSRF check; robots never sign in."""


def identified(request: HttpRequest) -> tuple[User, ApiToken | None]:
    """Who asks, for views outside the REST framework; raises `NotIdentified`.

    A session counts only with its CSRF token, as everywhere.
    """
    bearer = _bearer(request)
    if bearer is not None:
        return bearer
    user = request.user
    if not isinstance(user, User):
        raise NotIdentified(
            code="not_identified",
            message="The request names nobody.",
            remedy="Send an API token as “Authorization: Bearer …”, or sign in.",
        )
    BrowserAuthentication().enforce_csrf(request)  # type: ignore[arg-type]
    return user, None


def _bearer(request: HttpRequest | Request) -> tuple[User, ApiToken] | None:
    """The user and token named by an Authorization header; None where it names no bearer."""
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    now, kind = timezone.now(), rate_limits.kind_of(method=request.method or "", path=request.path)
    try:
        token = tokens.identify(secret=secret.strip(), now=now)
        if kind is not None:
            rate_limits.demand(token=token, kind=kind, now=now)
    except tokens.TokenRefused as refused:
        if refused.code == tokens.UNKNOWN:
            rate_limits.failed(request.META, now=now)
        raise NotIdentified(
            code=refused.code, message=refused.message, remedy=refused.remedy
        ) from None
    return token.user, token
