"""Rules about checks and Prometheus servers in the admin, with “try it”."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from changes.admin.bearer import BearerForm
from changes.admin.records import OfChangeAdmin
from changes.admin.scopes import Length, ScopedForm, several
from changes.models import CheckRule, CheckRun, PrometheusServer
from changes.rulebook import canary_checks, checks
from ledger.admin.kept import KeptAdmin, KeptForm

LENGTH = "Hours, minutes and seconds, such as 0:15:00."
WORDS_AT_MOST = 80


class CheckRuleForm(ScopedForm, KeptForm):
    """Which changes must pass it, and how it is run."""

    services = several(())
    teams = None  # it has none
    interval = Length(help_text=LENGTH, initial="0:00:30")
    soak = Length(help_text=f"For how long it must hold; 0:00:00 means once. {LENGTH}")
    give_up_after = Length(help_text=f"Counted from its start. {LENGTH}")

    class Meta:
        model = CheckRule
        fields = checks.EDITABLE

    def ask(self) -> None:
        checks.refuse_query(self.instance, now=timezone.now())
        checks.check(self.instance, actor=self.actor)

    def write(self) -> None:
        checks.save(self.instance, actor=self.actor, now=timezone.now())


@admin.register(CheckRule)
class CheckRuleAdmin(KeptAdmin):
    form = CheckRuleForm
    change_form_template = "admin/changes/checkrule/change_form.html"
    list_display = ("name", "used_for", "how", "is_active", "of_changes", "soak")
    list_filter = ("is_active", "used_for", "how")
    list_select_related = ("template",)
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "is_active", "used_for", "how")}),
        (
            "Which changes must pass it",
            {
                "description": "Of each list, nothing chosen means all.",
                "fields": (
                    "template",
                    "kinds",
                    "categories",
                    "services",
                    "environments",
                    "tiers",
                ),
            },
        ),
        (
            "An address answers",
            {
                "description": "$service, $environment, $revision and $change stand for the "
                "change’s own. Only public addresses are asked, unless "
                "WEBHOOK_ALLOWED_NETWORKS names their network.",
                "fields": ("url", "method", "expected_status", "contains", "most_bytes"),
            },
        ),
        (
            "A figure in Prometheus",
            {
                "description": "The same words stand in the query. An empty answer, several "
                "series, NaN, an error or none in time never pass.",
                "fields": ("server", "query", "comparison", "threshold"),
            },
        ),
        (
            "A canary beside its baseline",
            {
                "description": "At each step the figure is held against its threshold and, where "
                "a ratio or a difference is tolerated, against the baseline’s. In the queries "
                "$track stands for the label of the one that is asked about.",
                "fields": canary_checks.FIELDS,
            },
        ),
        (
            "How often, and for how long",
            {
                "description": "A step of a canary soaks for as long as its plan says, and at "
                "least as long as this; it is never given up.",
                "fields": ("timeout_seconds", "interval", "soak", "give_up_after"),
            },
        ),
    )

    def ref_of(self, row: Any) -> str:
        return str(row.ref)

    @admin.display(description="of changes")
    def of_changes(self, rule: CheckRule) -> str:
        named = [rule.template.slug] if rule.template else []
        tiers = [f"tier {tier}" for tier in rule.tiers]
        some = [*named, *rule.kinds, *rule.categories, *rule.services, *rule.environments, *tiers]
        return ", ".join(some) or "all"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What `?ready_made=error-rate` fills in; nothing of it is kept before it is saved."""
        ready = canary_checks.READY_MADE.get(request.GET.get("ready_made", ""))
        return dict(ready) if ready else dict(super().get_changeform_initial_data(request))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_view)
        return [path("<int:key>/try/", view, name="changes_checkrule_try"), *super().get_urls()]

    def try_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """Look once at what a kept rule asks, and show what was found; nothing is recorded."""
        rule = CheckRule.objects.select_related("server").filter(pk=key).first()
        if rule is None:
            raise Http404
        if not self.has_change_permission(request, rule):
            raise PermissionDenied
        if request.method == "POST":
            given = {
                name: request.POST.get(name, "").strip()[:WORDS_AT_MOST]
                for name in ("service", "environment", "revision")
            }
            try:
                words = {name: word for name, word in given.items() if word}
                said = checks.try_once(rule, now=timezone.now(), **words)
                tell = messages.success if said.holds else messages.warning
                tell(request, f"Tried once, nothing is recorded. {said.said}")
            except ValidationError as wrong:
                messages.error(request, " ".join(wrong.messages))
        return HttpResponseRedirect(reverse("admin:changes_checkrule_change", args=[rule.pk]))


class PrometheusServerForm(BearerForm):
    """Where it is, and the token it asks for."""

    class Meta:
        model = PrometheusServer
        fields = checks.SERVER

    def ask(self) -> None:
        checks.check_server(self.instance, bearer=self.given_bearer(), actor=self.actor)

    def write(self) -> None:
        checks.save_server(
            self.instance, bearer=self.given_bearer(), actor=self.actor, now=timezone.now()
        )


@admin.register(PrometheusServer)
class PrometheusServerAdmin(KeptAdmin):
    form = PrometheusServerForm
    list_display = ("slug", "name", "base_url", "is_active")
    fieldsets = (
        (
            None,
            {"fields": ("slug", "name", "base_url", "bearer", "forget_bearer", "is_active")},
        ),
    )

    def ref_of(self, row: Any) -> str:
        return str(row.ref)


@admin.register(CheckRun)
class CheckRunAdmin(OfChangeAdmin):
    list_display = ("change", "name", "state", "started_at", "holding_since", "looks", "failures")
    list_filter = ("state",)
    list_select_related = ("change",)
