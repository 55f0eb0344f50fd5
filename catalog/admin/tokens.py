"""API tokens in the admin: issued, shown once, revoked; never edited, never shown again."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from catalog import tokens
from catalog.models import ApiToken, Service, Team
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

    class Meta:
        model = ApiToken
        fields = ("user", "name", "scopes", "services", "teams", "expires_at")

    def clean_expires_at(self) -> datetime | None:
        """Refuse a token that would be dead at birth."""
        expires_at = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= timezone.now():
            raise forms.ValidationError("Choose an instant to come, or leave it empty.")
        return expires_at

    def _slugs(self, field: str) -> list[str]:
        return [row.slug for row in self.cleaned_data[field]]

    def clean_services(self) -> list[str]:
        """The slugs of the chosen services."""
        return self._slugs("services")

    def clean_teams(self) -> list[str]:
        """The slugs of the chosen teams."""
        return self._slugs("teams")


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    form = NewTokenForm
    list_display = ("name", "prefix", "user", "scopes", "standing", "last_used_at", "expires_at")
    list_filter = ("user__is_robot", "revoked_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    autocomplete_fields = ("user",)
    actions = ("revoke",)
    shown = (
        "user",
        "name",
        "prefix",
        "scopes",
        "services",
        "teams",
        "standing",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
    )

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        return self.shown if obj else NewTokenForm.Meta.fields

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
            expires_at=given["expires_at"],
            now=timezone.now(),
        )
        obj.pk = token.pk
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
        if token.revoked_at:
            return "revoked"
        return "expired" if token.expires_at and token.expires_at <= timezone.now() else "valid"

    @admin.action(description="Revoke the selected API tokens", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        now = timezone.now()
        for token in queryset:
            self.end(request, token=token, now=now)
        self.message_user(request, f"Revoked {queryset.count()} API tokens.")
