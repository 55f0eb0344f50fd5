"""Deployments that were seen, in the admin: what each said, and which nobody has mapped."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode

from changes.models import DetectionRule, SeenDeployment
from changes.rulebook import detection
from ledger.admin.events import ReadOnlyAdmin
from ledger.admin.kept import KeptAdmin, KeptForm


@admin.register(SeenDeployment)
class SeenDeploymentAdmin(ReadOnlyAdmin):
    list_display = ("at", "vendor", "project", "stage", "place", "revision", "state", "leave")
    list_filter = ("state", "vendor")
    list_select_related = ("service", "environment", "change")
    search_fields = ("revision__startswith", "project__startswith")
    search_help_text = "A revision or a project, from its beginning."
    show_full_result_count = False
    fields = (
        "vendor",
        "project",
        "stage",
        "service",
        "environment",
        "revision",
        "at",
        "seen_at",
        "state",
        "leave",
        "said",
        "mapping",
    )

    @admin.display(description="place")
    def place(self, seen: SeenDeployment) -> str:
        return f"{seen.service}, {seen.environment}" if seen.service else "not mapped"

    @admin.display(description="change")
    def leave(self, seen: SeenDeployment) -> str:
        """The change that gave leave, or that was made of it."""
        if seen.change is None:
            return "–"
        url = seen.change.get_absolute_url()
        return format_html('<a href="{}">{}</a> {}', url, seen.change.ref, seen.get_by_display())

    @admin.display(description="told")
    def said(self, seen: SeenDeployment) -> str:
        """What each said, as it said it."""
        lines = ((", ".join(f"{name}: {one[name]}" for name in one),) for one in seen.told)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", lines))

    @admin.display(description="mapping")
    def mapping(self, seen: SeenDeployment) -> str:
        """Where to say what its place stands for."""
        if seen.state != SeenDeployment.State.UNMAPPED:
            return "–"
        given = {"vendor": seen.vendor, "project": seen.project, "stage": seen.stage}
        url = f"{reverse('admin:changes_doormapping_add')}?{urlencode(given)}"
        return format_html('<a href="{}">Say what this place stands for</a>', url)


class DetectionRuleForm(KeptForm):
    """How deployments that were seen are judged."""

    class Meta:
        model = DetectionRule
        fields = detection.EDITABLE

    def ask(self) -> None:
        detection.check(self.instance, actor=self.actor)

    def write(self) -> None:
        detection.save(self.instance, actor=self.actor, now=timezone.now())


@admin.register(DetectionRule)
class DetectionRuleAdmin(KeptAdmin):
    form = DetectionRuleForm

    def ref_of(self, row: Any) -> str:
        return str(row.ref)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one."""
        return False
