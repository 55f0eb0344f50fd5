"""The evidence pack of a change: a page that stands alone, and files of it.

# Note [A page that stands alone]
The page is the file: its style is inside, it loads nothing, and the very bytes that are shown can
be kept. Its own policy admits that one style by its hash and nothing else, both in the header and,
for when it is opened from a disk, in the page.
"""

from base64 import b64encode
from hashlib import sha256

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from changes.queries import NoSuchChange
from changes.queries.packs import pack
from changes.shown.pack import document
from changes.shown.pack.printed import told, versions
from changes.shown.timeline import lines
from changes.web.reader import no_such_change, reader

POLICY = "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"


@login_required
@require_safe
def page(request: HttpRequest, ref: str, *, attached: bool = False) -> HttpResponse:
    """The pack as a page, to be read or printed, or as a file; see Note [A page that stands alone].

    Everybody who may read the change may read its evidence.
    """
    now = timezone.now()
    try:
        found = pack(ref=ref)
    except NoSuchChange:
        return no_such_change(request, ref=ref)
    style = render_to_string("changes/pack/style.css")
    policy = POLICY.format(style=b64encode(sha256(style.encode()).digest()).decode())
    change = found.change
    context = {
        "doc": document(found, by=reader(request).username, now=now),
        "change": change,
        "plan": told(found.versions[-1].fields) if found.versions else [],
        "versions": versions(found.versions),
        "events": lines(found.events),
        "unsealed": len(found.events) - len(found.sealed),
        "urls": {
            name: request.build_absolute_uri(reverse(url, args=[change.ref]))
            for name, url in (
                ("change", "change"),
                ("json", "change-evidence"),
                ("html", "change-evidence-file"),
            )
        },
        "style": mark_safe(style),  # noqa: S308 our own file
        "policy": policy,
    }
    answer = HttpResponse(render_to_string("changes/pack/page.html", context, request))
    answer["Content-Security-Policy"] = f"{policy}; frame-ancestors 'none'"
    if attached:
        answer["Content-Disposition"] = f'attachment; filename="{change.ref}-evidence.html"'
    return answer


@login_required
@require_safe
def export(request: HttpRequest, ref: str) -> HttpResponse:
    """The pack as a JSON file that an auditor can keep."""
    try:
        found = pack(ref=ref)
    except NoSuchChange:
        return no_such_change(request, ref=ref)
    whole = document(found, by=reader(request).username, now=timezone.now())
    answer = JsonResponse(whole, json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="{found.change.ref}-evidence.json"'
    return answer
