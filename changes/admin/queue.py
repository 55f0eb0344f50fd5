"""The queue of changes, and one change on the desk. Nothing of a change is edited here."""

from typing import Any, Literal

from django.contrib import admin, messages
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.contrib.postgres.search import SearchQuery
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from changes.admin import cells, votes
from changes.admin.filters import (
    PlaceFilter,
    ServiceFilter,
    VoteFilter,
    WordFilter,
    arrives_waiting,
)
from changes.models import Change, Requirement, Vote
from changes.queries import NoSuchChange, number_of, voting
from ledger.admin.events import ReadOnlyAdmin

CELL = "admin/changes/change/cell.html"


class Queue(ChangeList):
    """The list; what order it arrives in is no column's."""

    def get_ordering_field_columns(self) -> dict[int, Literal["desc", "asc"]]:
        return super().get_ordering_field_columns() if ORDER_VAR in self.params else {}


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    """Changes to look at and to vote on; every vote goes through `approvals`."""

    list_display = (
        "reference",
        "title",
        "where",
        "kind_word",
        "risk",
        "standing",
        "planned",
        "missing",
    )
    list_display_links = ("reference", "title")
    list_filter = (
        VoteFilter,
        ("state", WordFilter),
        ("kind", WordFilter),
        ("risk_level", WordFilter),
        ServiceFilter,
        ("environment", PlaceFilter),
    )
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("title",)
    search_help_text = "A ref, such as CHG-12, or words."
    sortable_by = ("reference", "planned")
    actions = ("approve", "reject", "override")

    class Media:
        css = {
            "all": (
                "tidegate/components/state.css",
                "tidegate/components/panel.css",
                "tidegate/components/plan.css",
                "tidegate/components/approvals.css",
                "tidegate/components/timeline.css",
                "tidegate/components/verbs.css",
                "changes/desk.css",
                "changes/queue.css",
            )
        }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Change]:
        """With what a row says of itself: place, people, and the current round's votes."""
        asked = voting.current(Requirement.objects.order_by("id"))
        cast = voting.current(Vote.objects.order_by("id"))
        return Change.objects.select_related("service", "environment").prefetch_related(
            Prefetch("requirements", queryset=asked, to_attr="asked"),
            Prefetch("votes", queryset=cast, to_attr="cast"),
        )

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("planned_start_at", "id") if arrives_waiting(request) else ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Change], search_term: str
    ) -> tuple[QuerySet[Change], bool]:
        """The change of that ref, or those that hold the words."""
        if not search_term.strip():
            return queryset, False
        try:
            return queryset.filter(pk=number_of(search_term)), False
        except NoSuchChange:
            words = SearchQuery(search_term, config="english", search_type="websearch")
            return queryset.filter(search_text__words=words), False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.vote_view)
        return [path("vote/", view, name="changes_change_vote"), *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Queue

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"title": "Changes", **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return votes.desk_view(self, request, object_id)

    def vote_view(self, request: HttpRequest) -> HttpResponse:
        """Vote on several changes at once."""
        return votes.several_view(self, request)

    @admin.action(description="Approve the chosen…", permissions=["view"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Change]) -> HttpResponse | None:
        return self._to_vote(request, queryset, Vote.Word.APPROVE)

    @admin.action(description="Reject the chosen…", permissions=["view"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Change]) -> HttpResponse | None:
        return self._to_vote(request, queryset, Vote.Word.REJECT)

    @admin.action(description="Override a freeze for…", permissions=["view"])
    def override(self, request: HttpRequest, queryset: QuerySet[Change]) -> HttpResponse | None:
        """On to the page that asks for one; who may, it says itself."""
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            words = "Choose one change: each override has a reason and an end of its own."
            self.message_user(request, words, messages.WARNING)
            return None
        return HttpResponseRedirect(f"{reverse('override-new')}?change={chosen[0].ref}")

    def _to_vote(
        self, request: HttpRequest, queryset: QuerySet[Change], decision: str
    ) -> HttpResponse | None:
        """On to the page that shows the evidence and asks for a comment."""
        numbers = list(queryset.values_list("pk", flat=True)[: votes.AT_MOST + 1])
        if len(numbers) > votes.AT_MOST:
            words = f"Choose at most {votes.AT_MOST} changes: each is read before it is voted on."
            self.message_user(request, words, messages.WARNING)
            return None
        chosen = [("change", number) for number in numbers]
        query = urlencode([("decision", str(decision)), *chosen])
        return HttpResponseRedirect(f"{reverse('admin:changes_change_vote')}?{query}")

    @admin.display(description="ref", ordering="id")
    def reference(self, change: Change) -> SafeString:
        return _cell("ref", change)

    @admin.display(description="service")
    def where(self, change: Change) -> SafeString:
        return _cell("where", change)

    @admin.display(description="kind")
    def kind_word(self, change: Change) -> SafeString:
        return _cell("kind", change)

    @admin.display(description="risk")
    def risk(self, change: Change) -> SafeString:
        return _cell("risk", change)

    @admin.display(description="state")
    def standing(self, change: Change) -> SafeString:
        return _cell("state", change)

    @admin.display(description="planned", ordering="planned_start_at")
    def planned(self, change: Change) -> SafeString:
        return _cell("planned", change)

    @admin.display(description="still missing", empty_value="")
    def missing(self, change: Change) -> SafeString:
        return _cell("missing", change, missing=cells.missing(change))


def _cell(part: str, change: Change, **more: Any) -> SafeString:
    return SafeString(render_to_string(CELL, {"part": part, "change": change, **more}).strip())
