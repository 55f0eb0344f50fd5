"""`/oauth_token.do`: a short-lived access token for one of our API tokens.

# Note [Access tokens are not kept]
An access token names an API token and its own end, and is signed. So none is written, and whatever
ends the API token ends it too. It is taken at these doors alone.
"""

from datetime import datetime, timedelta

from django.core import signing
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from catalog import failed_sign_ins, tokens
from catalog.authentication import NotIdentified
from catalog.models import ApiToken
from changes.doors.identity import Caller, Shown, caller, shown_by

LASTS = timedelta(minutes=30)
PREFIX = "tga_"
SALT = "changes.doors.servicenow.oauth"
LONGEST_BODY_BYTES = 10_000


@csrf_exempt
def token(request: HttpRequest) -> JsonResponse:
    """The password grant, with our API token as the password; or the same as client credentials."""
    if request.method != "POST":
        return _refused(405, "invalid_request", "Use POST here.")
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST_BODY_BYTES:
        return _refused(400, "invalid_request", "The body is over 10 kB.")
    names = {
        "password": ("username", "password"),
        "client_credentials": ("client_id", "client_secret"),
    }.get(request.POST.get("grant_type", ""))
    if names is None:
        return _refused(400, "unsupported_grant_type", "Use password or client_credentials.")
    username, secret = (request.POST.get(name, "") for name in names)
    return _issued(request, username=username, secret=secret)


def whoever(request: HttpRequest, *, now: datetime) -> Caller:
    """Who bears an access token or one of our API tokens; raises `NotIdentified`."""
    shown = shown_by(request.headers.get("Authorization", ""))
    return (
        _bearer(shown.secret, now=now)
        if shown.secret.startswith(PREFIX)
        else caller(shown, now=now)
    )


def _issued(request: HttpRequest, *, username: str, secret: str) -> JsonResponse:
    now, address = timezone.now(), request.META.get("REMOTE_ADDR", "")
    opens = failed_sign_ins.admit(name=username, address=address, now=now)
    if opens is not None:
        words = f"Too many wrong secrets for this name. Try again from {opens:%H:%M:%S} UTC."
        return _refused(401, "access_denied", words)
    try:
        who = caller(Shown(secret, username=username or "-"), now=now)
    except NotIdentified as refused:
        return _refused(401, "invalid_grant", f"{refused.message} {refused.remedy}")
    failed_sign_ins.forget(name=username, address=address)
    told = {"token": who.token.pk, "until": int((now + LASTS).timestamp())}
    return JsonResponse(
        {
            "access_token": PREFIX + signing.dumps(told, salt=SALT),
            "token_type": "Bearer",
            "scope": "useraccount",
            "expires_in": int(LASTS.total_seconds()),
        },
        headers={"Cache-Control": "no-store"},
    )


def _bearer(text: str, *, now: datetime) -> Caller:
    try:
        told = signing.loads(text.removeprefix(PREFIX), salt=SALT)
    except signing.BadSignature:
        raise _ended("This access token is unknown.") from None
    row = ApiToken.objects.select_related("user").filter(pk=told["token"]).first()
    if row is None or now.timestamp() >= told["until"]:
        raise _ended("This access token has expired.")
    try:
        tokens.demand_current(row, now=now)
    except tokens.TokenRefused as refused:
        raise _ended(refused.message) from None
    return Caller(row.user, row)


def _ended(message: str) -> NotIdentified:
    return NotIdentified(
        code="token_expired", message=message, remedy="Ask for another at /oauth_token.do."
    )


def _refused(status: int, error: str, description: str) -> JsonResponse:
    return JsonResponse({"error": error, "error_description": description}, status=status)
