"""What proposing a template and deciding on one are filled in with."""

from collections.abc import Mapping
from typing import Any

from django import forms

from changes.models import Template
from changes.models.choices import Category, Rollout
from changes.models.template import BOUNDS, FILLS, WORDS
from changes.shown.words import label_of
from changes.standards import Asked
from changes.web.fields import NamesField, SlugsField, WordsField
from changes.web.verb_forms import VerbForm, text_field

TEXT = ("description", "justification", "impact_analysis")
PLANS = ("implementation_plan", "test_plan", "rollback_plan", "monitoring_plan")
OPTIONAL = frozenset({"justification", "impact_analysis", "monitoring_plan"})


class ApproveForm(VerbForm):
    proposal = forms.IntegerField(required=False, widget=forms.HiddenInput)
    comment = text_field("Comment", rows=2, required=False)


class SendBackForm(VerbForm):
    proposal = forms.IntegerField(required=False, widget=forms.HiddenInput)
    comment = text_field("What must be different", rows=3)


class WithdrawForm(VerbForm):
    comment = text_field("Comment", rows=2, required=False)


class SuspendForm(VerbForm):
    reason = text_field("Why its changes must not start", rows=2)


class ReinstateForm(VerbForm):
    comment = text_field("What was found, and why it may be used again", rows=3)


class ProposalForm(VerbForm):
    """A template's words, why it may be done without asking, and how it went before."""

    slug = forms.SlugField(
        max_length=50,
        label="Short name",
        help_text="Such as restart-service; pipelines name it.",
        error_messages={"required": "Give it a short name."},
    )
    name = forms.CharField(max_length=120, error_messages={"required": "Give it a name."})
    services = SlugsField(
        required=False, max_length=4000, help_text="None means every service. By commas."
    )
    title = forms.CharField(max_length=200, error_messages={"required": "Give the title."})
    category = forms.ChoiceField(choices=Category.choices)
    rollout = forms.ChoiceField(choices=Rollout.choices)
    required_checks = NamesField(
        required=False, max_length=4000, help_text="Names of checks that must pass, by commas."
    )
    locked = forms.MultipleChoiceField(
        choices=[(name, label_of(name)) for name in FILLS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Fields nobody may change on a change made from it.",
    )
    closes_itself = forms.BooleanField(
        required=False,
        initial=True,
        help_text="As successful, once its deployment succeeded and every required check holds. "
        "What is closed stays closed.",
    )
    suspend_after_failures = forms.IntegerField(
        label="Suspend it after failures",
        min_value=1,
        max_value=100,
        initial=2,
        help_text="So many of its last uses failed or were rolled back.",
    )
    suspend_within_uses = forms.IntegerField(
        label="Among the last uses", min_value=1, max_value=1000, initial=10
    )
    why = text_field(
        "Why it may be done without asking each time",
        "How often it is done, and what could go wrong.",
    )
    evidence = forms.CharField(
        required=False,
        max_length=2000,
        label="Past changes",
        help_text="Closed changes that were done this way, such as CHG-12, CHG-19.",
        widget=forms.TextInput(attrs={"placeholder": "CHG-", "autocomplete": "off"}),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        initial: Mapping[str, Any] | None = None,
        template: Template | None = None,
    ) -> None:
        super().__init__(data, verb="propose", initial=dict(initial or {}))
        for name in (*TEXT, *PLANS):
            self.fields[name] = WordsField(
                required=name not in OPTIONAL,
                label=label_of(name),
                rows=3,
                error_messages={"required": f"Write the {label_of(name).lower()}."},
            )
        if template is not None:
            self.fields["slug"].disabled = True
            self.initial["slug"] = template.slug

    def asked(self) -> Asked:
        """What `standards.propose` takes."""
        given = self.cleaned_data
        return Asked(
            slug=given["slug"],
            why=given["why"],
            words={name: given[name] for name in WORDS},
            services=given["services"],
            evidence=tuple(ref for ref in given["evidence"].replace(",", " ").split() if ref),
        )

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields in the order they are read."""
        return [
            (title, [self[name] for name in names])
            for title, names in (
                ("What it is", ("slug", "name", "services", "title", *TEXT, "category")),
                ("How it is done", (*PLANS, "rollout", "required_checks", "locked")),
                ("Why it is safe", ("why", "evidence", *BOUNDS)),
            )
        ]
