"""API tokens in the admin: issued, shown once, revoked; never edited, never shown again."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from catalog import token_life, tokens
from catalog.models import ApiToken, Environment, Service, Team
from catalog.models.token import Scope


class NewTokenForm(ModelForm):
    """What a token is for and what limits it."""

    scopes = forms.MultipleChoiceField(choices=Scope, widget=forms.CheckboxSelectMultiple)
    services = forms.ModelMultipleChoiceField(
        Service.objects.all(),
        to_field_name="slug",
        required=False,
        help_text="Only these services; none chosen means any.",
    )
    teams = forms.ModelMultipleChoiceField(
        Team.objects.all(),
        to_field_name="slug",
        required=False,
        help_text="Only services of these teams; none chosen means any.",
    )

    environments = forms.ModelMultipleChoiceField(
        Environment.objects.all(),
        to_field_name="slug",
        required=False,
        help_text="Only in these environments; none chosen means any.",
    )
    never_ends = forms.BooleanField(
        required=False, help_text="A risk: whoever finds the secret has it for good."
    )

    class Meta:
        model = ApiToken
        fields = (
            *("user", "name", "scopes", "services", "teams", "environments"),
            *("per_minute", "expires_at"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "expires_at" in self.fields:
            self.fields[
                "expires_at"
            ].help_text = f"{token_life.USUAL_LIFE.days} days from now, if left empty."

    def clean_expires_at(self) -> datetime | None:
        """Refuse a token that would be dead at birth."""
        expires_at = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= timezone.now():
            raise forms.ValidationError("Choose an instant to come, or leave it empty.")
        return expires_at

    def clean(self) -> dict[str, Any]:
        """An end is usual, and none is chosen."""
        given = super().clean() or self.cleaned_data
        if given.get("never_ends") and given.get("expires_at"):
            self.add_error("never_ends", "Choose an end, or that it never ends.")
        elif not given.get("never_ends") and not given.get("expires_at"):
            given["expires_at"] = timezone.now() + token_life.USUAL_LIFE
        return given

    def _slugs(self, field: str) -> list[str]:
        return [row.slug for row in self.cleaned_data[field]]

    def clean_services(self) -> list[str]:
        """The slugs of the chosen services."""
        return self._slugs("services")

    def clean_teams(self) -> list[str]:
        """The slugs of the chosen teams."""
        return self._slugs("teams")

    def clean_environments(self) -> list[str]:
        """The slugs of the chosen environments."""
        return self._slugs("environments")


class UnusedFilter(admin.SimpleListFilter):
    """Tokens that nobody needs: valid, and not used for long."""

    title = "use"
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("unused", f"not for {token_life.UNUSED_FOR.days} days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "unused":
            return queryset
        return tokens.unused(queryset, now=timezone.now())


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    form = NewTokenForm
    list_display = (
        *("name", "prefix", "user", "scopes", "standing", "risks"),
        *("last_used_at", "expires_at"),
    )
    list_filter = ("user__is_robot", UnusedFilter, "revoked_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    autocomplete_fields = ("user",)
    actions: tuple[str, ...] = ("revoke",)
    shown = (
        "user",
        "name",
        "prefix",
        "scopes",
        "services",
        "teams",
        "environments",
        "per_minute",
        "standing",
        "risks",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
        "replaces",
    )

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        return self.shown if obj else (*NewTokenForm.Meta.fields, "never_ends")

    def get_readonly_fields(
        self, request: HttpRequest, obj: ApiToken | None = None
    ) -> tuple[str, ...]:
        return self.shown if obj else ()

    def save_model(
        self, request: HttpRequest, obj: ApiToken, form: NewTokenForm, change: bool
    ) -> None:
        """Issue the token and show its secret, this once; an issued token is not edited."""
        if change:
            return
        given = form.cleaned_data
        token, secret = self.issue(
            request,
            user=given["user"],
            name=given["name"],
            scopes=given["scopes"],
            services=given["services"],
            teams=given["teams"],
            environments=given["environments"],
            per_minute=given["per_minute"],
            expires_at=given["expires_at"],
            now=timezone.now(),
        )
        obj.pk = token.pk
        self.show(request, token, secret)

    def show(self, request: HttpRequest, token: ApiToken, secret: str) -> None:
        """Show a secret, this once."""
        messages.warning(
            request, f"Copy the secret of “{token.name}” now; it is not shown again: {secret}"
        )

    def issue(self, request: HttpRequest, **given: Any) -> tuple[ApiToken, str]:
        """Make the token; answers it and its secret."""
        return tokens.issue(**given)

    def end(self, request: HttpRequest, *, token: ApiToken, now: datetime) -> None:
        """Revoke the token."""
        tokens.revoke(token=token, now=now)

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """Never: a revoked token stays, to tell what it was."""
        return False

    @admin.display(description="standing")
    def standing(self, token: ApiToken) -> str:
        """Whether it opens anything now."""
        return token_life.standing(token, now=timezone.now())

    @admin.display(description="risks")
    def risks(self, token: ApiToken) -> str:
        """What should be looked at twice."""
        found = token_life.risks(token, now=timezone.now())
        return ", ".join(token_life.SAYS[risk] for risk in found) or "–"

    @admin.action(description="Revoke the selected API tokens", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        now = timezone.now()
        for token in queryset:
            self.end(request, token=token, now=now)
        self.message_user(request, f"Revoked {queryset.count()} API tokens.")
