"""The status page as Tidegate serves it: for everybody, without signing in."""

from django.core.exceptions import ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
)
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from incidents.status_page import serving, subscribing
from ledger.decision import Refused

PAGE = "index"
_FOR_EVERYBODY = "public, max-age=15"


@require_safe
def status(request: HttpRequest, name: str = PAGE) -> HttpResponseBase:
    """A file of the page: itself, an incident's page, JSON or a feed."""
    found = serving.file(name, now=timezone.now())
    if found is None:
        raise Http404("The status page has no such part.")
    response = HttpResponse(found.body, content_type=found.kind)
    response["ETag"] = found.etag
    response["Cache-Control"] = _FOR_EVERYBODY
    if found.kind != "text/html; charset=utf-8":
        response["Access-Control-Allow-Origin"] = "*"
    answer = get_conditional_response(request, etag=found.etag, response=response)
    if isinstance(answer, HttpResponseNotModified):
        answer["Cache-Control"] = _FOR_EVERYBODY
    return answer or response


@csrf_exempt  # Nobody is signed in, and only the mail's reader can confirm.
@require_POST
@never_cache
def subscribe(request: HttpRequest) -> HttpResponse:
    """Ask for mail; the answer is the same whoever has subscribed already."""
    email = request.POST.get("email", "")
    try:
        subscribing.ask(email=email, now=timezone.now())
    except ValidationError as wrong:
        return _said("Not an address", wrong.messages[0], status=422)
    except Refused as refused:
        return _said("Not now", str(refused), status=429)
    return _said("Look at your mail", "Confirm it there, and you hear of what is new here.")


@csrf_exempt  # The token is the proof; a mail's reader has no session.
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm a subscription: with a button, for programs follow the links of mails."""
    now = timezone.now()
    if request.method == "POST" and subscribing.confirm(token=token, now=now):
        return _said("You are subscribed", "Each mail says how to end it.")
    if request.method != "POST" and subscribing.is_good(token=token, now=now):
        return _said("One more click", "Mail is sent when something new stands here.", "Subscribe")
    return _said("This link is over", "Ask for another on the status page.", status=410)


@csrf_exempt  # RFC 8058: the mail program posts, with nothing but the token.
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End a subscription by one click."""
    if request.method != "POST":
        return _said("No more mail?", "Your address is deleted then.", "Unsubscribe")
    if not subscribing.end(token=token):
        return _said("This link is not ours", "Use that of a newer mail.", status=410)
    return _said("You hear no more", "Your address is deleted.")


def _said(heading: str, words: str, button: str = "", *, status: int = 200) -> HttpResponse:
    body = serving.besides(heading=heading, words=words, button=button)
    return HttpResponse(body, status=status)
