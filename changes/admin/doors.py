"""What other tools call the places here, in the admin, with “try it”."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from catalog.actors import actor_of
from changes import gate
from changes.models import DoorMapping, DoorRun
from changes.rulebook import doors
from changes.states import Kind
from ledger.admin.events import ReadOnlyAdmin
from ledger.admin.kept import KeptAdmin, KeptForm

LONGEST_REVISION = 120
TELL = {"allow": messages.SUCCESS, "wait": messages.WARNING, "deny": messages.ERROR}


class DoorMappingForm(KeptForm):
    """What a tool writes, and what it stands for."""

    class Meta:
        model = DoorMapping
        fields = doors.EDITABLE

    def ask(self) -> None:
        doors.check(self.instance, actor=self.actor)

    def write(self) -> None:
        doors.save(self.instance, actor=self.actor, now=timezone.now())


@admin.register(DoorMapping)
class DoorMappingAdmin(KeptAdmin):
    form = DoorMappingForm
    change_form_template = "admin/changes/doormapping/change_form.html"
    list_display = ("project", "stage", "vendor", "service", "environment", "is_active")
    list_filter = ("vendor", "is_active")
    list_select_related = ("service", "environment")
    search_fields = ("project", "stage")
    autocomplete_fields = ("service",)
    fieldsets = (
        ("What the tool writes", {"fields": ("vendor", "project", "stage")}),
        ("What it stands for", {"fields": ("service", "environment", "is_active")}),
        ("What becomes of the change", {"fields": ("template", "starts_change")}),
    )

    def ref_of(self, row: Any) -> str:
        return str(row.ref)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_view)
        return [path("<int:key>/try/", view, name="changes_doormapping_try"), *super().get_urls()]

    def try_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """What the gate would say to this tool now; nothing is recorded."""
        row = DoorMapping.objects.select_related("service", "environment").filter(pk=key).first()
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        if request.method == "POST":
            revision = request.POST.get("revision", "").replace("\x00", "").strip()
            self._try(request, row, revision[:LONGEST_REVISION])
        return HttpResponseRedirect(reverse("admin:changes_doormapping_change", args=[row.pk]))

    def _try(self, request: HttpRequest, row: DoorMapping, revision: str) -> None:
        now = timezone.now()
        question = gate.Question(row.service.slug, row.environment.slug, revision=revision)
        said = gate.examine(
            question, at=now, now=now, kind=str(Kind.NORMAL), reader=actor_of(request)
        ).verdict
        why = " ".join(one.message for one in said.reasons)
        words = f"The gate would say {said.word}. {why}".strip()
        self.message_user(request, f"Tried, nothing is recorded. {words}", TELL[said.word])


@admin.register(DoorRun)
class DoorRunAdmin(ReadOnlyAdmin):
    list_display = ("asked_at", "vendor", "project", "stage", "build", "attempt", "change")
    list_filter = ("vendor",)
    list_select_related = ("change",)
    show_full_result_count = False
