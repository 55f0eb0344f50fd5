"""Alertmanager's API v2 as far as Prometheus and amtool ask it: `/compat/alertmanager/api/v2/…`.

The source is known by its key, as a bearer token or the password of basic authentication. Answers
are Alertmanager's own, down to the JSON strings.
"""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from incidents.alerts import matching
from incidents.doors.alertmanager import VENDOR, fingerprint, why_wrong
from incidents.intake import told
from incidents.models import Alert
from ledger import inbox
from ledger.decision import rfc3339
from ledger.inbox.bodies import body_of
from ledger.inbox.shown_key import shown_key

MOST_SHOWN = 5_000
NEVER = "0001-01-01T00:00:00Z"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def alerts(request: HttpRequest) -> HttpResponse:
    """Take alerts, or tell those of the same source that fire."""
    return _post(request) if request.method == "POST" else _get(request)


@csrf_exempt
@require_safe
def status(request: HttpRequest) -> JsonResponse:
    """What clients ask before they speak: a version, and that there is no cluster."""
    _source(request)
    return JsonResponse(
        {
            "cluster": {"status": "disabled", "peers": []},
            "versionInfo": {
                name: "tidegate" if name == "version" else ""
                for name in ("version", "revision", "branch", "buildUser", "buildDate", "goVersion")
            },
            "config": {"original": ""},
            "uptime": rfc3339(timezone.now()),
        }
    )


def _post(request: HttpRequest) -> HttpResponse:
    """As Alertmanager does, keep what is sound and refuse with what is not."""
    now = timezone.now()
    body, unread_bytes = body_of(request)
    if unread_bytes:
        _receive(request, body, unread_bytes=unread_bytes)
    try:
        posted = told.json_of(body)
    except inbox.Unreadable as wrong:
        return _unparsed(str(wrong))
    if not isinstance(posted, list):
        return _unparsed("json: cannot unmarshal it into Go value of type models.PostableAlerts")
    mistakes = [why for one in posted if (why := why_wrong(one, now))]
    if len(mistakes) < len(posted) or not posted:
        _receive(request, body)
    else:
        _source(request)
    if mistakes:
        return JsonResponse("; ".join(dict.fromkeys(mistakes)), status=400, safe=False)
    return HttpResponse(status=200)


def _receive(request: HttpRequest, body: bytes, *, unread_bytes: int = 0) -> None:
    arrived = inbox.Arrived(
        vendor=VENDOR.word,
        key=shown_key(request),
        headers=request.headers,
        body=body,
        unread_bytes=unread_bytes,
    )
    inbox.receive(arrived, now=timezone.now())


def _unparsed(why: str) -> JsonResponse:
    message = f'parsing alerts body from "" failed, because {why}'
    return JsonResponse({"code": 400, "message": message}, status=400)


def _get(request: HttpRequest) -> JsonResponse:
    """The alerts that fire, of the source whose key is shown; filters are matchers."""
    source = _source(request)
    try:
        filters = [
            one for text in request.GET.getlist("filter") for one in matching.matchers_of(text)
        ]
    except matching.NotMatchers as wrong:
        return JsonResponse(f"bad matcher format: {wrong}", status=400, safe=False)
    if request.GET.get("active") == "false":
        return JsonResponse([], safe=False)
    rows: QuerySet[Alert] = Alert.objects.filter(source=source).exclude(state="resolved")
    found = [
        _shown(one)
        for one in rows.order_by("id")[:MOST_SHOWN]
        if matching.matches(filters, one.labels)
    ]
    return JsonResponse(found, safe=False)


def _shown(alert: Alert) -> dict[str, Any]:
    urls = {one["text"]: one["url"] for one in alert.links}
    notes = {"summary": alert.title, "description": alert.body, "runbook_url": urls.get("runbook")}
    return {
        "fingerprint": fingerprint(alert.labels),
        "receivers": [{"name": alert.incident.ref if alert.incident else "tidegate"}],
        "startsAt": rfc3339(alert.started_at),
        "endsAt": rfc3339(alert.ends_by_itself_at) or NEVER,
        "updatedAt": rfc3339(alert.last_heard_at),
        "annotations": {name: text for name, text in notes.items() if text},
        "labels": alert.labels,
        "generatorURL": urls.get("expression", ""),
        "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
    }


def _source(request: HttpRequest) -> str:
    """The slug of the source whose key is shown."""
    arrived = inbox.Arrived(
        vendor=VENDOR.word, key=shown_key(request), headers=request.headers, body=b""
    )
    return inbox.identify(arrived, now=timezone.now())
