"""Alertmanagers, and the silences that changes have there, in the admin."""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils import timezone

from changes.admin.bearer import BearerForm
from changes.admin.records import OfChangeAdmin
from changes.admin.scopes import Length
from changes.models import AlertmanagerServer, Silence
from changes.rulebook import alertmanagers
from ledger.admin.kept import KeptAdmin


class AlertmanagerServerForm(BearerForm):
    """Where it is, which changes silence what there, and the token it asks for."""

    longest = Length(
        help_text="A silence ends then, whatever becomes of its change: hours, minutes and "
        "seconds, such as 2:00:00.",
        initial="2:00:00",
    )

    class Meta:
        model = AlertmanagerServer
        fields = alertmanagers.EDITABLE
        help_texts: ClassVar[dict[str, str]] = {
            "services": "Slugs, with commas between; none means every service.",
            "environments": "Slugs, with commas between; none means every environment.",
            "service_label": "The label by which alerts there name the service.",
            "environment_label": "And the environment; empty silences in all of them.",
        }

    def clean_longest(self) -> timedelta:
        """In words, before the database says it in its own."""
        longest: timedelta = self.cleaned_data["longest"]
        if why := alertmanagers.why_no_length(longest):
            raise ValidationError(why)
        return longest

    def ask(self) -> None:
        alertmanagers.check(self.instance, bearer=self.given_bearer(), actor=self.actor)

    def write(self) -> None:
        alertmanagers.save(
            self.instance, bearer=self.given_bearer(), actor=self.actor, now=timezone.now()
        )


@admin.register(AlertmanagerServer)
class AlertmanagerServerAdmin(KeptAdmin):
    form = AlertmanagerServerForm
    list_display = ("slug", "name", "base_url", "longest", "is_active")
    fieldsets = ((None, {"fields": (*alertmanagers.EDITABLE, "bearer", "forget_bearer")}),)

    def ref_of(self, row: Any) -> str:
        return str(row.ref)


@admin.register(Silence)
class SilenceAdmin(OfChangeAdmin):
    list_display = ("change", "server", "state", "ends_at", "attempts", "last_error")
    list_filter = ("state", "server")
    list_select_related = ("change", "server")
