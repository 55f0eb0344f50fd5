"""Issuers of pipelines' tokens and the rules of trust, recorded, with “Try a token”."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from catalog.models import Environment, Issuer, IssuerKeys, Service, Team, TrustRule
from catalog.models.token import Scope
from ledger.admin.catalogue import RecordedAdmin
from ledger.oidc import keys
from ledger.oidc.trying import tried
from ledger.oidc.verifying import LONGEST_CHARACTERS

PLACES = {"services": Service, "teams": Team, "environments": Environment}


class TokenForm(forms.Form):
    """A pipeline's token, to be looked at."""

    token = forms.CharField(
        label="A token of a pipeline (JWT)",
        max_length=LONGEST_CHARACTERS,
        widget=forms.Textarea(
            attrs={"rows": 6, "cols": 36, "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text="It is only looked at: not kept, not logged, and not spent.",
    )


@admin.register(Issuer)
class IssuerAdmin(RecordedAdmin):
    """Issuers; one that is trusted no more is made inactive and stays, to tell what it was."""

    list_display = ("name", "url", "audience", "is_active", "standing")
    readonly_fields = ("standing",)
    change_form_template = "admin/catalog/issuer/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        own = path("try/", self.admin_site.admin_view(self.try_token), name="catalog_issuer_try")
        return [own, *super().get_urls()]

    def save_related(
        self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool
    ) -> None:
        """Let the keys of a new address be read at once."""
        super().save_related(request, form, formsets, change)
        if not change or "url" in form.changed_data:
            keys.want(form.instance, now=timezone.now())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="keys")
    def standing(self, issuer: Issuer) -> str:
        """When its keys were read, and what is in the way."""
        row = IssuerKeys.objects.filter(issuer=issuer).first()
        if row is None or (row.read_at is None and not row.problem):
            return "not read yet"
        read = f"read at {row.read_at:%Y-%m-%d %H:%M} UTC" if row.read_at else "never read"
        return f"{read}; {row.problem}" if row.problem else read

    @method_decorator(sensitive_post_parameters("token"))
    def try_token(self, request: HttpRequest) -> HttpResponse:
        """Explain what would become of a token; for those who may see the rules."""
        if not request.user.has_perm("catalog.view_trustrule"):
            raise PermissionDenied
        form = TokenForm(request.POST or None)
        sent = request.method == "POST" and form.is_valid()
        found = tried(form.cleaned_data["token"], now=timezone.now()) if sent else None
        context = {
            **self.admin_site.each_context(request),
            "opts": Issuer._meta,
            "title": "Try a token",
            "form": form,
            "tried": found,
        }
        status = 422 if form.errors else 200
        return render(request, "admin/catalog/issuer/try.html", context, status=status)


class TrustRuleForm(forms.ModelForm):
    """A rule, its places by slug."""

    scopes = forms.MultipleChoiceField(choices=Scope, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = TrustRule
        fields = (
            *("issuer", "name", "conditions", "acts_as", "scopes"),
            *("services", "teams", "environments", "minutes", "is_active"),
        )
        help_texts = {
            "services": "Slugs, parted by commas; empty means any. Name some: it is safer.",
            "teams": "Slugs of teams whose services these are; empty means any.",
            "environments": "Slugs, parted by commas; empty means any.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.conditions is None:
            self.initial["conditions"] = {}

    def clean(self) -> dict[str, Any]:
        """Refuse places that do not exist."""
        given = super().clean() or self.cleaned_data
        for name, model in PLACES.items():
            slugs = given.get(name) or []
            found = model._default_manager.filter(slug__in=slugs).values_list("slug", flat=True)
            for slug in sorted(set(slugs) - set(found)):
                self.add_error(name, f"There is no {name.removesuffix('s')} “{slug}”.")
        return given


@admin.register(TrustRule)
class TrustRuleAdmin(RecordedAdmin):
    """Rules; one that is over is made inactive and stays, for tokens name it."""

    form = TrustRuleForm
    list_display = (
        *("name", "issuer", "conditions", "acts_as", "scopes"),
        *("services", "teams", "environments", "is_active"),
    )
    list_filter = ("issuer", "is_active")
    list_select_related = ("issuer", "acts_as")
    search_fields = ("name", "acts_as__username")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
