"""One permit as a page: what it is good for, what became of it, and taking it back."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from changes import permits
from changes.queries import permits as found
from changes.web.buttons import Button
from changes.web.reader import reader
from changes.web.verb_forms import VerbForm, text_field
from ledger.decision import Decision, Refused

REVOKE = "Revoke this permit"
STANDING: Final = {
    "live": ("go", "Counts"),
    "used": ("off", "Used"),
    "expired": ("off", "Expired"),
    "revoked": ("stop", "Revoked"),
}


class RevokeForm(VerbForm):
    reason = text_field("Why it is revoked", "Whoever shows the permit will read this.")


@login_required
@require_safe
def permit(request: HttpRequest, permit_id: UUID) -> HttpResponse:
    """One permit."""
    return _page(request, permit_id, form=RevokeForm(verb="revoke"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, permit_id: UUID) -> HttpResponse:
    """Take it back, and show it again."""
    here = HttpResponseRedirect(reverse("permit", args=[permit_id]))
    here.status_code = 303
    if request.method != "POST":
        return here
    form = RevokeForm(request.POST, verb="revoke")
    try:
        if form.is_valid():
            permits.revoke(
                permit_id=permit_id,
                actor=reader(request),
                now=timezone.now(),
                **form.cleaned_data,
            )
            messages.success(request, "Revoked the permit. It starts nothing any more.")
            return here
    except ValidationError as wrong:
        form.take(wrong)
    except Refused as refused:
        return _page(request, permit_id, form=form, refused=refused.decision)
    except found.NoSuchPermit as missing:
        raise Http404(str(missing)) from None
    return _page(request, permit_id, form=form, status=422)


def _page(
    request: HttpRequest,
    permit_id: UUID,
    *,
    form: RevokeForm,
    refused: Decision | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    try:
        given, may = permits.shown(permit_id=permit_id, actor=reader(request), now=now)
    except found.NoSuchPermit as missing:
        raise Http404(str(missing)) from None
    look, label = STANDING[given.standing(now=now)]
    if refused is not None:
        status = 403 if refused.is_about_who else 409
    context = {
        "section": "gate",
        "permit": given,
        "look": look,
        "label": label,
        "verbs": [_button(permit_id, form, may)],
        "refused": {"label": REVOKE, "reasons": refused.reasons} if refused else None,
    }
    return render(request, "changes/permit.html", context, status=status)


def _button(permit_id: UUID, form: RevokeForm, may: Decision) -> Button:
    return Button(
        name="revoke",
        label=REVOKE,
        allowed=may.allowed,
        reasons=may.reasons,
        warnings=(),
        url=reverse("permit-revoke", args=[permit_id]),
        primary=False,
        fields=list(form),
        wrong=[str(wrong) for wrong in form.non_field_errors()],
        open=form.is_bound,
    )
