"""Runs of other tools that wait to be told, and where Azure DevOps may be told."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from catalog.actors import actor_of
from changes import waiting_runs
from changes.models import AzureHost, WaitingRun
from changes.rulebook import azure_hosts
from ledger import outbox
from ledger.admin.events import ReadOnlyAdmin
from ledger.admin.kept import KeptAdmin, KeptForm, said_by
from ledger.decision import Reason, Refused, refuse


@admin.register(WaitingRun)
class WaitingRunAdmin(ReadOnlyAdmin):
    """To see who waits and who has not heard, and to answer or stop by hand."""

    list_display = (
        "reference",
        "project",
        "stage",
        "run",
        "state",
        "told",
        "in_the_way",
    )
    list_filter = ("state", "vendor", ("called_late_at", admin.EmptyFieldListFilter))
    list_select_related = ("answer",)
    search_fields = ("project", "run_id__exact", "change__exact")
    search_help_text = "A repository or pipeline, the number of a run, or a ref such as CHG-12."
    show_full_result_count = False
    actions = ("send_again", "give_up")

    def has_answer_permission(self, request: HttpRequest) -> bool:
        """Whoever may change subscriptions may send again, here as there."""
        return request.user.has_perm("ledger.change_subscription")

    @admin.display(description="run waiting", ordering="id")
    def reference(self, run: WaitingRun) -> str:
        return run.ref

    @admin.display(description="run")
    def run(self, run: WaitingRun) -> str:
        if not run.pipeline_url.startswith("https://"):
            return run.run_id
        return format_html('<a href="{}" rel="noreferrer">{}</a>', run.pipeline_url, run.run_id)

    @admin.display(description="answer")
    def told(self, run: WaitingRun) -> str:
        return run.answer.get_status_display() if run.answer else "–"

    @admin.display(description="in the way")
    def in_the_way(self, run: WaitingRun) -> str:
        return (run.answer.last_error if run.answer else "") or run.trouble or run.ended_because

    @admin.action(description="Send the answers of the selected again", permissions=["answer"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[WaitingRun]) -> None:
        """Those that were given up; each refusal is told."""
        now, sent = timezone.now(), 0
        for run in queryset.select_related("answer__event", "answer__reply"):
            try:
                if run.answer is None:
                    raise refuse("retry", _UNDECIDED, ref=run.ref)
                outbox.retry(delivery=run.answer, actor=actor_of(request), now=now)
                sent += 1
            except Refused as refused:
                self.message_user(request, f"{run.ref}: {said_by(refused)}", messages.WARNING)
        self.message_user(request, f"Sending {sent} again.")

    @admin.action(description="Stop looking after the selected", permissions=["answer"])
    def give_up(self, request: HttpRequest, queryset: QuerySet[WaitingRun]) -> None:
        """Those that wait; their tools are not told, and their changes stay as they are."""
        now, stopped = timezone.now(), 0
        for run in queryset:
            try:
                waiting_runs.give_up_by_hand(run=run.pk, actor=actor_of(request), now=now)
                stopped += 1
            except Refused as refused:
                self.message_user(request, f"{run.ref}: {said_by(refused)}", messages.WARNING)
        self.message_user(request, f"Stopped {stopped}.")


_UNDECIDED = Reason(
    "wrong_state", "Nothing was decided yet.", "Wait for the decision, or stop looking after it."
)


class AzureHostForm(KeptForm):
    """A host that answers may be sent to."""

    class Meta:
        model = AzureHost
        fields = azure_hosts.EDITABLE

    def ask(self) -> None:
        azure_hosts.check(self.instance, actor=self.actor)

    def write(self) -> None:
        azure_hosts.save(self.instance, actor=self.actor, now=timezone.now())


@admin.register(AzureHost)
class AzureHostAdmin(KeptAdmin):
    form = AzureHostForm
    list_display = ("host", "is_active")
    fieldsets = ((None, {"fields": azure_hosts.EDITABLE}),)

    def ref_of(self, row: Any) -> str:
        return str(row.ref)
