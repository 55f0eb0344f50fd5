"""Standard-change templates in the admin: written as drafts, published, suspended, retired."""

from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from catalog.actors import actor_of
from changes import standards
from changes.admin.kept import KeptAdmin, KeptForm, said_by
from changes.models import Template
from changes.models.template import FILLS
from changes.queries.rows import template_ref
from changes.shown.words import label_of
from ledger.decision import Refused

VERBS: Final = {"publish": "Publish", "suspend": "Suspend", "retire": "Retire"}
SAID: Final = {
    "publish": "Published {}. Standard changes can be made from it.",
    "suspend": "Suspended {}. Changes made from it do not start.",
    "retire": "Retired {}.",
}


class TemplateForm(KeptForm):
    """What a standard change made from it says, and which of that is locked."""

    locked = forms.MultipleChoiceField(
        choices=[(name, label_of(name)) for name in FILLS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=Template._meta.get_field("locked").help_text,
    )

    class Meta:
        model = Template
        fields = ("slug", "name", "services", *FILLS, "locked")

    def ask(self) -> None:
        standards.check(
            self.instance, services=self.cleaned_data.get("services", ()), actor=self.actor
        )

    def write(self) -> None:
        services = list(self.cleaned_data.get("services", ()))
        standards.save(self.instance, services=services, actor=self.actor, now=timezone.now())


@admin.register(Template)
class TemplateAdmin(KeptAdmin):
    form = TemplateForm
    change_form_template = "admin/changes/template/change_form.html"
    list_display = ("slug", "name", "state", "category")
    list_filter = ("state", "category")
    search_fields = ("slug", "name", "title")
    prepopulated_fields = {"slug": ("name",)}
    autocomplete_fields = ("services",)

    def ref_of(self, row: Any) -> str:
        return template_ref(row)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Template | None = None
    ) -> tuple[str, ...]:
        """All of a published or retired one; see Note [A published template is not edited]."""
        fixed = obj is not None and obj.state in (Template.State.PUBLISHED, Template.State.RETIRED)
        return TemplateForm.Meta.fields if fixed else ()

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Template | None = None
    ) -> dict[str, Any]:
        return {} if obj else {"slug": ("name",)}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.move_view)
        own = path("<int:key>/move/<slug:verb>/", view, name="changes_template_move")
        return [own, *super().get_urls()]

    def move_view(self, request: HttpRequest, key: int, verb: str) -> HttpResponse:
        """Publish, suspend or retire one template."""
        row = Template.objects.filter(pk=key).first()
        if row is None or verb not in VERBS:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        if request.method == "POST":
            self._move(request, row, verb)
        return HttpResponseRedirect(reverse("admin:changes_template_change", args=[row.pk]))

    def _move(self, request: HttpRequest, row: Template, verb: str) -> None:
        given = {"reason": request.POST.get("reason", "")} if verb == "suspend" else {}
        try:
            getattr(standards, verb)(
                slug=row.slug, actor=actor_of(request), now=timezone.now(), **given
            )
            messages.success(request, SAID[verb].format(row.slug))
        except Refused as refused:
            messages.error(request, said_by(refused))
        except ValidationError as wrong:
            messages.error(request, " ".join(wrong.messages))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row, actor = context.get("original"), actor_of(request)
        context["moves"] = [
            {"name": verb, "label": label, "decision": standards.may(verb, row, actor=actor)}
            for verb, label in VERBS.items()
            if row is not None
        ]
        if row is not None and self.get_readonly_fields(request, row):
            fixed = ("show_save", "show_save_and_continue", "show_save_and_add_another")
            context |= dict.fromkeys(fixed, False)
        return super().render_change_form(request, context, *args, **kwargs)
