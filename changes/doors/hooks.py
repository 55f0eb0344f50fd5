"""`/hooks/<source>`: messages of other tools, kept at once and read soon after."""

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ledger import inbox
from ledger.inbox.bodies import body_of
from ledger.inbox.shown_key import shown_key


@csrf_exempt
@require_POST
def hook(request: HttpRequest, source: str, key: str = "") -> JsonResponse:
    """Take a message: 202 once it is kept, 200 where there is nothing to keep."""
    body, unread_bytes = body_of(request)
    taken = inbox.receive(
        inbox.Arrived(
            slug=source,
            headers=request.headers,
            body=body,
            unread_bytes=unread_bytes,
            key=key or shown_key(request),
        ),
        now=timezone.now(),
    )
    said = {"source": taken.source, "topic": taken.topic, "message": taken.message}
    if not taken.is_read:
        return JsonResponse({"status": "ignored", **said})
    return JsonResponse({"status": "kept" if taken.message else "kept_before", **said}, status=202)
