"""One's own second factor: setting it up, new recovery codes, and removing it.

The secret and the codes are shown in the answer that makes them, and never again.
"""

from typing import Any, Final

import segno
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalog import failed_sign_ins
from catalog.addresses import address_of
from catalog.models import User
from catalog.sign_in import TooManyFailures
from changes.shown.confirming import ConfirmForm, confirm, confirm_form
from changes.web.reader import reader
from ledger import second_factors
from ledger.decision import Refused

DEEDS: Final = ("begin", "confirm", "renew", "remove")


class CodeForm(forms.Form):
    """The first code of an app."""

    code = forms.CharField(
        label="The code your app shows",
        max_length=40,
        error_messages={"required": "Give the code your app shows."},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """What is set up, and one deed on it, which is posted here by its name."""
    deed = request.POST.get("deed", "")
    if request.method != "POST":
        return _page(request)
    if deed not in DEEDS:
        raise Http404
    try:
        return _first_code(request) if deed == "confirm" else _done(request, deed)
    except Refused as refused:
        told = {"label": "Second factor", "reasons": refused.decision.reasons}
        return _page(request, refused=told, status=409)


def _done(request: HttpRequest, deed: str) -> HttpResponse:
    """A deed that asks who one is first."""
    form = confirm_form(request, bound=True)
    status = confirm(request, form, about="")
    if status:
        return _page(request, form=form, deed=deed, status=status)
    user, now = reader(request), timezone.now()
    if deed == "begin":
        return _page(request, secret=_shown(user, second_factors.begin(user=user, now=now)))
    if deed == "renew" and second_factors.of(user) is not None:
        return _page(request, codes=second_factors.renew(user=user, now=now))
    if deed == "remove" and second_factors.remove(user=user, actor=user, now=now):
        messages.success(request, "Removed your second factor. Your password alone counts again.")
    return redirect("second-factor")


def _first_code(request: HttpRequest) -> HttpResponse:
    """The app works: the factor counts from now on. Tries are counted like those of signing in."""
    form, user, now = CodeForm(request.POST, label_suffix=""), reader(request), timezone.now()
    if not form.is_valid():
        return _page(request, code_form=form, status=422)
    try:
        _admit(user, address=address_of(request.META))
        codes = second_factors.confirm(user=user, code=form.cleaned_data["code"], now=now)
    except ValidationError as wrong:
        form.add_error("code", wrong.messages[0])
        status = 429 if isinstance(wrong, TooManyFailures) else 422
        return _page(request, code_form=form, status=status)
    return _page(request, codes=codes)


def _admit(user: User, *, address: str) -> None:
    now = timezone.now()
    opens = failed_sign_ins.admit(name=user.username, address=address, now=now)
    if opens is not None:
        raise TooManyFailures(max(1, round((opens - now).total_seconds())))


def _shown(user: User, secret: str) -> dict[str, str | SafeString]:
    """The secret as words, and as a picture for an app."""
    address = second_factors.address(user=user, secret=secret)
    drawn = segno.make(address, error="m").svg_inline(
        scale=4, dark="#000", light="#fff", title="The secret for your app, as a picture"
    )
    spaced = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    return {"words": spaced, "address": address, "picture": mark_safe(drawn)}  # noqa: S308 our SVG


def _page(request: HttpRequest, *, status: int = 200, **given: Any) -> HttpResponse:
    factor = second_factors.of(reader(request))
    form = given.get("form")
    context = {
        "section": "home",
        "factor": factor,
        "left": second_factors.unused(factor) if factor else 0,
        "form": form if isinstance(form, ConfirmForm) else confirm_form(request, bound=False),
        "code_form": given.get("code_form") or CodeForm(label_suffix=""),
        "secret": given.get("secret"),
        "trying": bool(given.get("secret") or given.get("code_form")),
        "codes": given.get("codes"),
        "deed": given.get("deed", ""),
        "refused": given.get("refused"),
    }
    return render(request, "changes/second_factor.html", context, status=status)
