"""Standard-change templates in the admin: drafted, approved, published, suspended, retired."""

from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from catalog.actors import actor_of
from changes import standards
from changes.models import CatalogueRule, Template
from changes.models.template import BOUNDS, FILLS
from changes.queries.rows import template_ref
from changes.shown.words import label_of
from changes.standards import ruling
from changes.standards.deciding import decisions
from ledger.admin.kept import KeptAdmin, KeptForm, said_by
from ledger.decision import Refused

VERBS: Final = {
    "approve": "Approve",
    "send_back": "Send back",
    "publish": "Publish",
    "suspend": "Suspend",
    "reinstate": "Reinstate",
    "retire": "Retire",
}
SAID: Final = {
    "approve": "Approved version {version} of {slug}.",
    "send_back": "Sent the proposal for {slug} back.",
    "publish": "Published {slug}. Standard changes can be made from it.",
    "suspend": "Suspended {slug}. Changes made from it do not start.",
    "reinstate": "Reinstated {slug}. Changes made from it can start again.",
    "retire": "Retired {slug}.",
}
#: What each asks for, if anything, and under which name.
ASKS: Final = {
    "approve": ("comment", "Comment", False),
    "send_back": ("comment", "What must be different", True),
    "suspend": ("reason", "Why its changes must not start", True),
    "reinstate": ("comment", "What was found, and why it may be used again", True),
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
        fields = ("slug", "name", "services", *FILLS, "locked", *BOUNDS)

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
        """All but a draft's; see Note [Versions of a template]."""
        fixed = obj is not None and obj.state != Template.State.DRAFT
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
        """Say a verb of one template; who may is decided where it is said."""
        row = Template.objects.filter(pk=key).first()
        if row is None or verb not in VERBS:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if request.method == "POST":
            self._move(request, row, verb)
        return HttpResponseRedirect(reverse("admin:changes_template_change", args=[row.pk]))

    def _move(self, request: HttpRequest, row: Template, verb: str) -> None:
        name = ASKS[verb][0] if verb in ASKS else ""
        given = {name: request.POST.get(name, "")} if name else {}
        try:
            after = getattr(standards, verb)(
                slug=row.slug, actor=actor_of(request), now=timezone.now(), **given
            )
            messages.success(request, SAID[verb].format(slug=row.slug, version=after.version))
        except Refused as refused:
            if "not_permitted" in refused.decision.codes:
                raise PermissionDenied from refused
            messages.error(request, said_by(refused))
        except ValidationError as wrong:
            messages.error(request, " ".join(wrong.messages))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row, actor = context.get("original"), actor_of(request)
        said = decisions(row, actor=actor) if row is not None else {}
        context["moves"] = [
            {
                "name": verb,
                "label": label,
                "decision": said[verb],
                "asks": dict(zip(("name", "label", "needed"), ASKS.get(verb, ()), strict=False)),
            }
            for verb, label in VERBS.items()
            if row is not None
        ]
        if row is not None and self.get_readonly_fields(request, row):
            fixed = ("show_save", "show_save_and_continue", "show_save_and_add_another")
            context |= dict.fromkeys(fixed, False)
        return super().render_change_form(request, context, *args, **kwargs)


class CatalogueRuleForm(KeptForm):
    """Who approves templates."""

    class Meta:
        model = CatalogueRule
        fields = ruling.EDITABLE

    def ask(self) -> None:
        standards.check_rule(self.instance, actor=self.actor)

    def write(self) -> None:
        standards.save_rule(self.instance, actor=self.actor, now=timezone.now())


@admin.register(CatalogueRule)
class CatalogueRuleAdmin(KeptAdmin):
    form = CatalogueRuleForm
    list_display = ("__str__",)

    def ref_of(self, row: Any) -> str:
        return str(row.ref)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one."""
        return False
