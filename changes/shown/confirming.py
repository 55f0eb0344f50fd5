"""The page on which a person gives their password again, and then goes on with what they were at.

The fields of what they were at travel along, so that nothing typed is lost; the answer is sent to
the same address, which first calls `answered`. See Note [Who is signed in is not who sits there].
"""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from catalog.actors import actor_of
from catalog.addresses import address_of
from catalog.sign_in import TooManyFailures
from ledger import confirming, second_factors

ASKED: Final = "confirming"
_OWN: Final = frozenset({"csrfmiddlewaretoken", "password", "code", ASKED})


class ConfirmForm(forms.Form):
    """The password, and a code from whoever has set up a second factor."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        max_length=4096,
        error_messages={"required": "Give your password."},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    code = forms.CharField(
        label="Code",
        help_text="The six digits your app shows now, or a recovery code.",
        max_length=40,
        error_messages={"required": "Give the code your app shows."},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )

    def __init__(self, data: Any = None, *, with_password: bool = True, with_code: bool) -> None:
        super().__init__(data, auto_id="confirm_%s", label_suffix="")
        if not with_code:
            del self.fields["code"]
        elif not with_password:
            del self.fields["password"]


def confirm_form(request: HttpRequest, *, bound: bool) -> ConfirmForm:
    """The form for whoever is signed in: no code where none is set up, no password they lack."""
    user = actor_of(request)
    return ConfirmForm(
        request.POST if bound else None,
        with_password=user.has_usable_password(),
        with_code=second_factors.of(user) is not None,
    )


def confirm(request: HttpRequest, form: ConfirmForm, *, about: str) -> int:
    """Try what the form holds and note it in the session; 0, or the HTTP status of the refusal.

    The form then says what was wrong.
    """
    if not form.is_valid():
        return 422
    user, now = actor_of(request), timezone.now()
    try:
        how = confirming.confirm(
            user=user,
            password=form.cleaned_data.get("password", ""),
            code=form.cleaned_data.get("code", ""),
            address=address_of(request.META),
            about=about,
            now=now,
        )
    except ValidationError as wrong:
        form.add_error(None, wrong)
        return 429 if isinstance(wrong, TooManyFailures) else 422
    confirming.remember(request.session, user=user, how=how, now=now)
    return 0


def authenticated_by(request: HttpRequest) -> str:
    """How whoever is signed in has shown who they are, for a vote to keep: just now, or once."""
    how = confirming.recall(request.session, user=actor_of(request), now=timezone.now())
    return how or "session"


def answered(request: HttpRequest, *, about: str) -> HttpResponse | None:
    """Take the answer of the page, if this request is one; the page again where it was wrong."""
    if request.method != "POST" or ASKED not in request.POST:
        return None
    form = confirm_form(request, bound=True)
    status = confirm(request, form, about=about)
    return _page(request, form, about=about, status=status) if status else None


def page(
    request: HttpRequest, *, about: str, instead: dict[str, list[str]] | None = None
) -> HttpResponse:
    """Ask for the password, keeping what was sent; `instead` replaces fields of it."""
    form = confirm_form(request, bound=False)
    return _page(request, form, about=about, status=403, instead=instead)


def _page(
    request: HttpRequest,
    form: ConfirmForm,
    *,
    about: str,
    status: int,
    instead: dict[str, list[str]] | None = None,
) -> HttpResponse:
    sent = {**dict(request.POST.lists()), **(instead or {})}
    kept = [(name, one) for name, some in sent.items() if name not in _OWN for one in some]
    context = {
        "section": "changes",
        "about": about,
        "form": form,
        "kept": kept,
        "minutes": int(confirming.GOOD_FOR.total_seconds() // 60),
    }
    response = render(request, "changes/confirm.html", context, status=status)
    if status == 429:
        wrong = form.errors.as_data()["__all__"][0]
        response["Retry-After"] = str(getattr(wrong, "seconds", 60))
    return response
