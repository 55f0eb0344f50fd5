"""The matrix of severities, the targets and the checklists in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils import timezone

from incidents import rulebook
from incidents.models import ChecklistItem, Incident, ResolutionCheck, SeverityRule, SeverityTarget
from ledger.admin.kept import KeptAdmin, KeptForm

LENGTH = "Hours, minutes and seconds, such as 0:15:00."


class RunningForm(KeptForm):
    """A row that `incidents.rulebook` writes."""

    def ask(self) -> None:
        rulebook.check(self.instance, actor=self.actor)

    def write(self) -> None:
        rulebook.save(self.instance, actor=self.actor, now=timezone.now())


class RunningAdmin(KeptAdmin):
    form = RunningForm

    def ref_of(self, row: Any) -> str:
        return str(row.ref)


@admin.register(SeverityRule)
class SeverityRuleAdmin(RunningAdmin):
    """The matrix: which severity follows from how many are hit, and how soon it hurts."""

    list_display = ("impact", "urgency", "severity")
    list_display_links = ("severity",)
    fields = rulebook.KINDS[SeverityRule].editable


class SeverityTargetForm(RunningForm):
    class Meta:
        model = SeverityTarget
        fields = rulebook.KINDS[SeverityTarget].editable
        help_texts = {
            "respond_within": f"{LENGTH} Empty: by the end of the next working day.",
            "respond_reminder": f"How long before, those on call are nagged. {LENGTH}",
            "update_every": f"Between two updates while it is open. {LENGTH}",
            "update_reminder": f"How long before, its people are nagged. {LENGTH}",
        }


@admin.register(SeverityTarget)
class SeverityTargetAdmin(RunningAdmin):
    """How soon somebody answers and how often those affected hear more. Running clocks stay."""

    form = SeverityTargetForm
    list_display = ("severity", "respond_within", "update_every", "owes_postmortem")


class ChecklistItemForm(RunningForm):
    severities = forms.TypedMultipleChoiceField(
        choices=Incident.Severity.choices,
        coerce=int,
        required=False,
        help_text="Nothing chosen means all.",
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = ChecklistItem
        fields = rulebook.KINDS[ChecklistItem].editable


@admin.register(ChecklistItem)
class ChecklistItemAdmin(RunningAdmin):
    """What to do in the first 5, 15 and 30 minutes."""

    form = ChecklistItemForm
    list_display = ("text", "within_minutes", "position", "severities", "is_active")
    list_filter = ("within_minutes", "is_active")


class ResolutionCheckForm(RunningForm):
    class Meta:
        model = ResolutionCheck
        fields = rulebook.KINDS[ResolutionCheck].editable
        help_texts = {
            "services": "Slugs, with commas between; none means every service.",
            "query": "PromQL whose answer is one number; $service and $environment stand for the "
            "incident's own.",
            "apart": f"How long it must stay green. {LENGTH}",
        }


@admin.register(ResolutionCheck)
class ResolutionCheckAdmin(RunningAdmin):
    """What must be green before an incident is resolved, or a person says why it is."""

    form = ResolutionCheckForm
    list_display = ("name", "services", "comparison", "threshold", "apart", "is_active")
    list_filter = ("is_active",)
