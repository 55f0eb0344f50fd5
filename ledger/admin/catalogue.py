"""The catalogue's pages, recorded; see Note [What is recorded of the catalogue]."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from catalog.actors import actor_of
from catalog.admin import ApiTokenAdmin, EnvironmentAdmin, ServiceAdmin, TeamAdmin, UserAdmin
from catalog.models import ApiToken, Environment, Service, Team, User
from ledger import catalogue, issued_tokens, second_factors
from ledger.decision import Refused


class RecordedAdmin(admin.ModelAdmin):
    """Pages that tell the ledger what was saved and deleted, in the same transaction."""

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        kept = type(obj)._default_manager.select_for_update(of=("self",))
        form.said_before = (  # type: ignore[attr-defined]
            catalogue.said_by(kept.get(pk=obj.pk)) if change else None
        )
        super().save_model(request, obj, form, change)

    def save_related(
        self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        row = type(form.instance)._default_manager.get(pk=form.instance.pk)
        before = form.said_before  # type: ignore[attr-defined]
        actor = actor_of(request).username
        catalogue.record(row, before=before, actor=actor, now=timezone.now())

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        with transaction.atomic():
            self._record_end(request, obj)
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            for row in queryset:
                self._record_end(request, row)
            super().delete_queryset(request, queryset)

    def _record_end(self, request: HttpRequest, row: Model) -> None:
        before, actor = catalogue.said_by(row), actor_of(request).username
        catalogue.record(row, before=before, actor=actor, now=timezone.now(), gone=True)


class AccountAdmin(UserAdmin):
    """Accounts, and the way back for who lost both app and recovery codes."""

    actions = ("remove_second_factor",)

    @admin.action(
        description="Remove the second factor of the selected users", permissions=["change"]
    )
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        now, actor = timezone.now(), actor_of(request)
        removed = [
            user.username
            for user in queryset
            if second_factors.remove(user=user, actor=actor, now=now)
        ]
        who = ", ".join(removed) or "nobody: none has one"
        self.message_user(request, f"Removed the second factor of {who}.")


class RecordedTokenAdmin(ApiTokenAdmin):
    """API tokens, issued, rotated and revoked on the record."""

    actions = (*ApiTokenAdmin.actions, "rotate")

    def issue(self, request: HttpRequest, **given: Any) -> tuple[ApiToken, str]:
        return issued_tokens.issue(actor=actor_of(request).username, **given)

    def end(self, request: HttpRequest, *, token: ApiToken, now: datetime) -> None:
        issued_tokens.revoke(actor=actor_of(request).username, token=token, now=now)

    @admin.action(
        description="Rotate the selected API tokens (the old ones end in a day)",
        permissions=["change"],
    )
    def rotate(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Rotate what can be; say of each other why not."""
        now, actor = timezone.now(), actor_of(request).username
        for token in queryset:
            try:
                self.show(request, *issued_tokens.rotate(actor=actor, token=token, now=now))
            except Refused as refused:
                self.message_user(request, str(refused), messages.ERROR)


admin.site.unregister(ApiToken)
admin.site.register(ApiToken, RecordedTokenAdmin)
for model, pages in (
    (Team, TeamAdmin),
    (Service, ServiceAdmin),
    (Environment, EnvironmentAdmin),
    (User, AccountAdmin),
):
    admin.site.unregister(model)
    admin.site.register(model, type(pages.__name__, (RecordedAdmin, pages), {}))
