"""Rows that change managers keep: written by their domain writer, recorded, never deleted.

The form asks the writer first, so that what it refuses stands beside the fields.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from catalog.actors import actor_of
from catalog.models import User
from ledger import timeline
from ledger.decision import Refused
from ledger.models import Event

NEWEST_EVENTS = 20


class KeptForm(forms.ModelForm):
    """A form whose row is checked and written by the domain, on behalf of `actor`."""

    actor: ClassVar[User]

    def ask(self) -> None:
        """Raise what writing the row would raise."""
        raise NotImplementedError

    def write(self) -> None:
        """Write and record the row."""
        raise NotImplementedError

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            self.ask()
        except ValidationError as wrong:
            self._take(wrong)
        except Refused as refused:
            for reason in refused.decision.reasons:
                self.add_error(None, f"{reason.message} {reason.remedy}")

    def _take(self, wrong: ValidationError) -> None:
        """Sentences beside the fields they are about; those of hidden fields on top."""
        sentences = wrong.message_dict if hasattr(wrong, "error_dict") else {None: wrong.messages}
        for name, some in sentences.items():
            for sentence in some:
                self.add_error(name if name in self.fields else None, sentence)


class KeptAdmin(admin.ModelAdmin):
    """Pages of such rows, with what the ledger recorded of them underneath."""

    change_form_template = "admin/changes/kept_form.html"

    class Media:
        css: ClassVar[dict[str, Sequence[str]]] = {
            "all": (
                "tidegate/components/state.css",
                "tidegate/components/timeline.css",
                "tidegate/components/panel.css",
                "changes/desk.css",
                "changes/kept.css",
            )
        }

    def ref_of(self, row: Any) -> str:
        """How the ledger names a row."""
        raise NotImplementedError

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        """The form, acting for whoever is signed in."""
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"actor": actor_of(request)})

    def save_model(
        self, request: HttpRequest, obj: Model, form: forms.ModelForm, change: bool
    ) -> None:
        if isinstance(form, KeptForm):
            form.write()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: what was decided by it names it. It is deactivated instead."""
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """When two people write at once, the page says what the writer refused."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (Refused, ValidationError) as refused:
            said = " ".join(getattr(refused, "messages", [str(refused)]))
            messages.error(request, f"Nothing was saved. {said}")
            return HttpResponseRedirect(request.get_full_path())

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context.get("original")
        recorded = self._recorded(row) if row is not None else []
        return super().render_change_form(
            request, {**context, "recorded": recorded}, *args, **kwargs
        )

    def _recorded(self, row: Model) -> list[Event]:
        """The newest events of a row, newest first."""
        events = timeline.events_of(subject=self.ref_of(row))
        return list(events.order_by("-position")[:NEWEST_EVENTS])


def said_by(refused: Refused) -> str:
    """A refusal as one message."""
    return " ".join(f"{one.message} {one.remedy}" for one in refused.decision.reasons)
