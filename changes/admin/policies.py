"""Policy rules in the admin: an outline of conditions, read back as a sentence."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from changes import backtests
from changes.admin import outline, policy_pages
from changes.admin.scopes import several
from changes.admin.trying import tried
from changes.admin.unsaved import as_given, context_of, demand_may_save
from changes.models import PolicyRule
from changes.policies.custom.kinds_of_value import OPERATOR_WORDS
from changes.policies.custom.reading import Unreadable, read
from changes.policies.custom.vocabulary import FIELDS
from changes.rulebook import policy
from ledger.admin.kept import KeptAdmin, KeptForm

JOINED = {
    "all": "All of these hold",
    "any": "Any of these holds",
    "not": "None of these holds",
}


class PolicyRuleForm(KeptForm):
    """What a rule says; its conditions are rows of an outline, see `changes.admin.outline`."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    verbs = several(PolicyRule.VerbWord.choices, none="A requirement is always asked at submit.")

    class Meta:
        model = PolicyRule
        fields = policy.SAID
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "message": forms.Textarea(attrs={"rows": 2}),
            "remedy": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("seen", self.instance.version)
        self.rows = (
            outline.posted(self.data)
            if self.is_bound
            else outline.rows_of(self.instance.conditions)
        )

    def clean(self) -> dict[str, Any]:
        """Each mistake in the conditions stands beside its row."""
        given = super().clean() or self.cleaned_data
        for name, sentence in policy.unsaid(given):
            if name not in self.errors:
                self.add_error(name, sentence)
        self.instance.conditions = outline.plain_of(self.rows)
        try:
            read(self.instance.conditions)
        except Unreadable as wrong:
            for sentence in outline.told(self.rows, wrong.mistakes):
                self.add_error(None, sentence)
            if any(row.mistakes for row in self.rows):
                self.add_error(None, "Some conditions cannot be read: see the rows that say why.")
        return given

    def ask(self) -> None:
        policy.check(self.instance, actor=self.actor, seen=self._seen())

    def write(self) -> None:
        policy.save(
            self.instance,
            actor=self.actor,
            now=timezone.now(),
            seen=self._seen(),
            managed_in=self.instance.managed_in,
        )

    def _seen(self) -> int | None:
        return self.cleaned_data.get("seen") if self.instance.pk else None


@admin.register(PolicyRule)
class PolicyRuleAdmin(KeptAdmin):
    form = PolicyRuleForm
    change_form_template = "admin/changes/policyrule/change_form.html"
    list_display = ("name", "is_active", "mode_word", "reads", "version", "kept_in")
    list_filter = ("is_active", "effect", "mode")
    search_fields = ("name", "message")
    fieldsets = (
        (None, {"fields": ("seen", "name", "is_active", "mode")}),
        ("What it does", {"fields": ("effect", "verbs", "message", "remedy")}),
        (
            "Whose approval it requires",
            {
                "description": "Only for the effect “Require”; asked beside the approval rules. "
                "Standard changes need no approval.",
                "fields": ("authority", "count"),
            },
        ),
    )

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("changes/outline.css",)}

    def get_urls(self) -> list[Any]:
        """With the way out and in as YAML."""
        view = self.admin_site.admin_view
        return [
            path("export", view(policy_pages.export), name="changes_policyrule_export"),
            path("import", view(policy_pages.take_in), name="changes_policyrule_import"),
            *super().get_urls(),
        ]

    def ref_of(self, row: Any) -> str:
        return row.ref

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST" and "_edit" in request.POST:
            return self._outlined(request, object_id)
        if request.method == "POST" and "_read" in request.POST:
            return self._read_back(request, object_id)
        if request.method == "POST" and "_try" in request.POST:
            return self._try(request, object_id)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the outline, the sentence of the rule, its versions and the vocabulary."""
        form, row = context["adminform"].form, context.get("original")
        context.setdefault("sentence", policy.reads(row) if row else "")
        context.setdefault("cautions", policy.beware(row) if row and context["sentence"] else [])
        rows = getattr(form, "rows", None) or outline.rows_of(row.conditions if row else {})
        context |= {
            "rows": rows,
            "shape": outline.shape(rows),
            "joined": JOINED,
            "operators": {str(name): words for name, words in OPERATOR_WORDS.items()},
            "vocabulary": FIELDS,
            "versions": list(row.versions.all()[:20]) if row else [],
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool
    ) -> None:
        """Saved with a message for each thing to beware of."""
        super().save_model(request, obj, form, change)
        for caution in policy.beware(obj):
            messages.warning(request, caution)

    def _outlined(self, request: HttpRequest, object_id: str | None) -> HttpResponse:
        """The form as it was filled in, with a row more or fewer; nothing is judged or saved."""
        row = self.get_object(request, object_id) if object_id else None
        demand_may_save(self, request, row)
        form = as_given(self.get_form(request, row, change=row is not None), request, row)
        rows = outline.posted(request.POST)
        cast(PolicyRuleForm, form).rows = outline.edited(rows, request.POST["_edit"])
        return self._again(request, form, row, sentence="", cautions=[], unread=True)

    def _read_back(self, request: HttpRequest, object_id: str | None) -> HttpResponse:
        """The form as it was filled in, with the sentence it comes to; nothing is saved."""
        row = self.get_object(request, object_id) if object_id else None
        demand_may_save(self, request, row)
        form = self.get_form(request, row, change=row is not None)(request.POST, instance=row)
        valid = form.is_valid()
        rule = cast(PolicyRule, form.instance)
        sentence = policy.reads(rule)
        cautions = policy.beware(rule) if valid else []
        return self._again(request, form, row, sentence=sentence, cautions=cautions, read=valid)

    def _try(self, request: HttpRequest, object_id: str | None) -> HttpResponse:
        """Try the rule as it was filled in on the past; nothing of it is saved."""
        row = self.get_object(request, object_id) if object_id else None
        demand_may_save(self, request, row)
        form = self.get_form(request, row, change=row is not None)(request.POST, instance=row)
        return tried(backtests.of_rule, form, request) or self._again(
            request, form, row, sentence="", cautions=[]
        )

    def _again(
        self, request: HttpRequest, form: forms.ModelForm, row: Any, **more: Any
    ) -> HttpResponse:
        context = {**context_of(self, request, form, row), **more}
        return self.render_change_form(
            request, context, add=row is None, change=row is not None, obj=row
        )

    @admin.display(description="mode", ordering="mode")
    def mode_word(self, row: PolicyRule) -> str:
        return row.mode.capitalize()

    @admin.display(description="says")
    def reads(self, row: PolicyRule) -> str:
        return policy.reads(row)

    @admin.display(description="kept in")
    def kept_in(self, row: PolicyRule) -> str:
        return row.managed_in or "the admin"
