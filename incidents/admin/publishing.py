"""What is told to those affected, in the admin: components of the status page, and who hears."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from catalog.actors import actor_of
from incidents.models import Component, Health, Notice, Subscriber, Update
from incidents.status_page import components
from ledger.admin.events import ReadOnlyAdmin

AS_INCIDENTS_SAY = ""


class ComponentForm(forms.ModelForm):
    """A component, and how a person says that it stands."""

    stands = forms.ChoiceField(
        required=False,
        choices=[(AS_INCIDENTS_SAY, "As incidents say"), *Health.choices],
        help_text="Said by hand, it counts until it is left to incidents again.",
    )

    class Meta:
        model = Component
        fields = (
            "slug",
            "name",
            "words",
            "position",
            "services",
            "environment",
            "follows_incidents",
            "is_shown",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            said = self.instance.set_healths.filter(ends_at=None).first()
            self.initial["stands"] = said.health if said else AS_INCIDENTS_SAY


@admin.register(Component)
class ComponentAdmin(admin.ModelAdmin):
    form = ComponentForm
    list_display = ("name", "slug", "position", "follows_incidents", "is_shown")
    filter_horizontal = ("services",)
    search_fields = ("name", "slug")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Component | None = None
    ) -> tuple[str, ...]:
        """Its slug stays: the ledger knows it by that."""
        return ("slug",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Component | None = None) -> bool:
        """Never: it is not shown any more, and its history stays."""
        return False

    def save_model(
        self, request: HttpRequest, obj: Component, form: forms.ModelForm, change: bool
    ) -> None:
        """Save on the record."""
        given, actor, now = form.cleaned_data, actor_of(request), timezone.now()
        components.keep(obj, services=list(given["services"]), actor=actor, now=now)
        components.say(component=obj, health=given["stands"], actor=actor, now=now)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Its services were saved with it."""


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("title", "incident", "health", "opened_at", "resolved_at")
    list_select_related = ("incident",)


@admin.register(Update)
class UpdateAdmin(ReadOnlyAdmin):
    list_display = ("incident", "status", "is_public", "published_at", "published_by")
    list_filter = ("status", "is_public")
    list_select_related = ("incident", "published_by")


@admin.register(Subscriber)
class SubscriberAdmin(ReadOnlyAdmin):
    """Who hears by mail; they end it themselves, or are deleted here."""

    list_display = ("email", "asked_at", "confirmed_at")
    search_fields = ("email",)
    exclude = ("confirm_digest",)

    def has_delete_permission(self, request: HttpRequest, obj: Subscriber | None = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)
