"""Calendar feeds: one's own, made and revoked on a page, and the calendar behind each address."""

from hashlib import sha256
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import Environment
from changes import feeds
from changes.models import Feed
from changes.queries import feed as queries
from changes.shown import feed as shown
from changes.web.reader import reader


class FeedForm(forms.Form):
    """What a new feed is called and narrowed to."""

    name = forms.CharField(max_length=80, help_text="Where it is read: “My phone”, “Team wall”.")
    team = forms.SlugField(required=False, max_length=50, help_text="Empty means every team.")
    service = forms.SlugField(required=False, max_length=80, help_text="Empty means every one.")
    environment = forms.ModelChoiceField(
        Environment.objects.all(), required=False, to_field_name="slug", empty_label="Any"
    )

    def narrowed(self) -> dict[str, str]:
        given = self.cleaned_data
        place = given["environment"]
        return {
            "team": given["team"],
            "service": given["service"],
            "environment": place.slug if place else "",
        }


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """The reader's feeds, and a form for another; its address is shown once, on the answer."""
    form = FeedForm(request.POST if request.method == "POST" else _prefilled(request))
    made: Feed | None = None
    secret = ""
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = feeds.issue(
                name=form.cleaned_data["name"],
                owner=reader(request),
                now=timezone.now(),
                **form.narrowed(),
            )
        except ValidationError as wrong:
            form.add_error(None, wrong)
    if request.method != "POST" or made:
        form = FeedForm(initial=_prefilled(request))
    path = reverse("feed", args=[secret]) if made else ""
    context = {
        "section": "schedule",
        "form": form,
        "made": made,
        "address": request.build_absolute_uri(path) if made else "",
        "feeds": Feed.objects.filter(owner=reader(request), revoked_at__isnull=True),
    }
    return render(request, "changes/feeds.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def revoke(request: HttpRequest, feed_id: int) -> HttpResponse:
    """End one of the reader's feeds."""
    try:
        feeds.revoke(feed_id=feed_id, actor=reader(request), now=timezone.now())
    except feeds.NoSuchFeed as problem:
        raise Http404(str(problem)) from problem
    return redirect("feeds")


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar; who has the address needs no other sign. 304 where nothing changed."""
    now = timezone.now()
    try:
        found = feeds.of_secret(secret=secret, now=now)
        rows = queries.of_feed(found, now=now)
    except (feeds.NoSuchFeed, ValidationError) as problem:
        raise Http404("There is no such feed.") from problem
    site = f"{request.scheme}://{request.get_host()}"
    body = shown.written(found, rows, site=site)
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    answer = HttpResponse(
        body,
        content_type="text/calendar; charset=utf-8",
        headers={
            "ETag": etag,
            "Cache-Control": "private, max-age=300",
            "Content-Disposition": 'inline; filename="tidegate.ics"',
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
        },
    )
    return get_conditional_response(request, etag=etag, response=answer) or answer


def _prefilled(request: HttpRequest) -> dict[str, Any]:
    """What the address of the page narrows a new feed to."""
    return {name: request.GET.get(name, "") for name in ("team", "service", "environment")}
