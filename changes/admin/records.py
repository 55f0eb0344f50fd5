"""What is only read: votes, requirements, plans, checks, deployments, permits, gate answers."""

from typing import Final

from django.contrib import admin, messages
from django.db.models import Field, Model, QuerySet, URLField
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from catalog.actors import actor_of
from changes import overrides
from changes.models import (
    Check,
    Deployment,
    GateAnswer,
    Override,
    PermitRevocation,
    PlanVersion,
    Requirement,
    TemplateVersion,
    Vote,
)
from changes.queries import NoSuchChange, number_of
from changes.queries.overrides import JOINED
from ledger.admin.events import ReadOnlyAdmin
from ledger.admin.kept import said_by
from ledger.decision import Refused

ADDRESSES: Final[dict[type[Field], dict[str, str]]] = {URLField: {"assume_scheme": "https"}}


class OfChangeAdmin(ReadOnlyAdmin):
    """Rows of changes, newest first, found by the change's ref."""

    formfield_overrides = ADDRESSES

    ordering = ("-id",)
    search_fields = ("change",)
    search_help_text = "A ref, such as CHG-12."
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        """The rows of the change of that ref."""
        if not search_term.strip():
            return queryset, False
        try:
            return queryset.filter(change=number_of(search_term)), False
        except NoSuchChange:
            return queryset.none(), False


@admin.register(Vote)
class VoteAdmin(OfChangeAdmin):
    list_display = ("change", "round", "voter", "decision", "authorities", "comment", "cast_at")
    list_filter = ("decision",)
    list_select_related = ("change", "voter")


@admin.register(Requirement)
class RequirementAdmin(OfChangeAdmin):
    list_display = ("change", "round", "stage", "authority", "group", "count", "rule", "asked_at")
    list_filter = ("authority",)
    list_select_related = ("change",)


@admin.register(PlanVersion)
class PlanVersionAdmin(OfChangeAdmin):
    list_display = ("change", "version", "written_by", "written_at", "digest")
    list_select_related = ("change", "written_by")


@admin.register(Check)
class CheckAdmin(OfChangeAdmin):
    list_display = ("change", "name", "passed", "detail", "reported_by", "reported_at")
    list_filter = ("passed",)
    list_select_related = ("change", "reported_by")


@admin.register(Deployment)
class DeploymentAdmin(OfChangeAdmin):
    list_display = ("change", "status", "at", "reported_by", "detail")
    list_filter = ("status",)
    list_select_related = ("change", "reported_by")


@admin.register(Override)
class OverrideAdmin(OfChangeAdmin):
    """Asked for and reviewed on its page, which is linked; confirmed there or here."""

    actions = ("confirm",)
    list_display = (
        "ref",
        "place",
        "requested_by",
        "confirmed_by",
        "expires_at",
        "review_due_at",
        "reviewed_by",
    )
    list_filter = (("reviewed_at", admin.EmptyFieldListFilter),)
    list_select_related = JOINED

    def view_on_site(self, obj: Override) -> str:
        """Its page, where it is withdrawn and reviewed."""
        return reverse("override", args=[obj.ref])

    @admin.action(description="Confirm the selected overrides", permissions=["view"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Override]) -> None:
        """Agree as the second person to each that waits for one; each refusal is told."""
        now, confirmed = timezone.now(), 0
        for row in queryset.order_by("id"):
            try:
                overrides.confirm(ref=row.ref, actor=actor_of(request), now=now)
                confirmed += 1
            except Refused as refused:
                self.message_user(request, f"{row.ref}: {said_by(refused)}", messages.WARNING)
        self.message_user(request, f"Confirmed {confirmed}.")


@admin.register(PermitRevocation)
class PermitRevocationAdmin(OfChangeAdmin):
    list_display = ("change", "permit_id", "revoked_by", "revoked_at", "reason", "expires_at")
    list_select_related = ("change", "revoked_by")

    def view_on_site(self, obj: PermitRevocation) -> str:
        """The page of the permit."""
        return reverse("permit", args=[obj.permit_id])


@admin.register(TemplateVersion)
class TemplateVersionAdmin(ReadOnlyAdmin):
    """Proposed and decided on the pages of the standard catalogue."""

    list_display = ("template", "number", "verdict", "proposed_by", "decided_by", "decided_at")
    list_filter = ("verdict",)
    list_select_related = ("template", "proposed_by", "decided_by")
    search_fields = ("template__slug",)


@admin.register(GateAnswer)
class GateAnswerAdmin(ReadOnlyAdmin):
    formfield_overrides = ADDRESSES
    list_display = ("at", "decision", "service", "environment", "revision", "change", "asked_by")
    list_filter = ("decision",)
    search_fields = ("service__exact",)
    search_help_text = "A service, such as payments-api, or a ref."
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def view_on_site(self, obj: GateAnswer) -> str | None:
        """The page of its permit, where that is revoked."""
        given = obj.permit_expires_at is not None and obj.change
        return reverse("permit", args=[obj.pk]) if given else None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[GateAnswer], search_term: str
    ) -> tuple[QuerySet[GateAnswer], bool]:
        """Answers about the service of this slug, or the change of this ref."""
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            return queryset.filter(change=f"CHG-{number_of(term)}"), False
        except NoSuchChange:
            return queryset.filter(service=term), False
