"""One's own API tokens: made, rotated and revoked on one page; a secret is shown once."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalog import token_life
from catalog.models import ApiToken, Environment, Service, Team, User
from catalog.models.token import Scope
from changes.web.reader import reader
from ledger import own_tokens
from ledger.decision import Refused

DEEDS: Final = ("make", "rotate", "revoke")
SLUGS: Final[dict[str, type[Service | Team]]] = {"services": Service, "teams": Team}


class NewTokenForm(forms.Form):
    """What a new token is called, may do and is limited to."""

    name = forms.CharField(max_length=120, help_text="Where it is used: “My laptop”, “Nightly”.")
    scopes = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, help_text="Tick as few as will do."
    )
    services = forms.CharField(
        required=False, max_length=2000, help_text="Slugs, parted by commas; empty means any."
    )
    teams = forms.CharField(
        required=False, max_length=2000, help_text="Services of these teams, by slug."
    )
    environments = forms.ModelMultipleChoiceField(
        Environment.objects.all(),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked means any.",
    )
    days = forms.IntegerField(
        label="Ends after so many days",
        min_value=1,
        max_value=own_tokens.LONGEST_LIFE.days,
        initial=token_life.USUAL_LIFE.days,
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data, label_suffix="", auto_id="token_%s")
        field: Any = self.fields["scopes"]
        field.choices = [(str(one), Scope(one).label) for one in own_tokens.scopes_of(user)]

    def clean(self) -> dict[str, Any]:
        """The slugs as lists; refuse those that nobody has."""
        for name, model in SLUGS.items():
            told = str(self.cleaned_data.get(name, "")).replace(",", " ").split()
            slugs = list(dict.fromkeys(told))
            found = set(
                model._default_manager.filter(slug__in=slugs).values_list("slug", flat=True)
            )
            for slug in slugs:
                if slug not in found:
                    self.add_error(name, f"There is no {name.removesuffix('s')} “{slug}”.")
            self.cleaned_data[name] = slugs
        places = self.cleaned_data.get("environments") or ()
        self.cleaned_data["environments"] = [place.slug for place in places]
        return self.cleaned_data


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """The reader's tokens, and one deed, which is posted here by its name."""
    if request.method != "POST":
        return _page(request)
    deed = request.POST.get("deed", "")
    if deed not in DEEDS:
        raise Http404
    try:
        return _made(request) if deed == "make" else _done(request, deed)
    except own_tokens.NoSuchToken as missing:
        raise Http404(str(missing)) from None
    except Refused as refused:
        told = {"label": f"{deed.capitalize()} a token", "reasons": refused.decision.reasons}
        status = 403 if refused.decision.is_about_who else 409
        return _page(request, refused=told, status=status)


def _made(request: HttpRequest) -> HttpResponse:
    user = reader(request)
    form = NewTokenForm(request.POST, user=user)
    if form.is_valid():
        try:
            made = own_tokens.make(user=user, now=timezone.now(), **form.cleaned_data)
            return _page(request, made=made)
        except ValidationError as wrong:
            form.add_error(None, wrong.messages)
    return _page(request, form=form, status=422)


def _done(request: HttpRequest, deed: str) -> HttpResponse:
    sent = request.POST.get("number", "")
    if not (sent.isascii() and sent.isdecimal() and len(sent) < 19):
        raise own_tokens.NoSuchToken("You have no such token.")
    user, number, now = reader(request), int(sent), timezone.now()
    if deed == "rotate":
        return _page(request, made=own_tokens.rotate(user=user, number=number, now=now))
    token = own_tokens.revoke(user=user, number=number, now=now)
    messages.success(request, f"Revoked “{token.name}”: it opens nothing any more.")
    return redirect("tokens")


def _page(
    request: HttpRequest,
    *,
    form: NewTokenForm | None = None,
    made: tuple[ApiToken, str] | None = None,
    refused: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    user, now = reader(request), timezone.now()
    rows = [
        {"token": one, "risks": [token_life.SAYS[risk] for risk in token_life.risks(one, now=now)]}
        for one in own_tokens.of(user, now=now)
    ]
    context = {
        "section": "home",
        "rows": rows,
        "form": form or NewTokenForm(user=user),
        "made": made[0] if made else None,
        "secret": made[1] if made else "",
        "refused": refused,
    }
    return render(request, "changes/tokens.html", context, status=status)
