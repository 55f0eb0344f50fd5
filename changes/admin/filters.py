"""What the queue can be narrowed to."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from catalog.actors import actor_of
from catalog.models import Service
from catalog.roles import CAB, roles_of
from changes.models import Change
from changes.queries import voting

MINE, OF_CAB, ANY, ALL = "mine", "cab", "any", "all"
SERVICES_AT_MOST = 40
MENU = "admin/changes/change/menu.html"


class VoteFilter(admin.SimpleListFilter):
    """Whose vote a change waits for; on arrival, the reader's own or the CAB's.

    Whoever narrows to a state or searches looks at all changes, unless they say otherwise.
    """

    title = "waiting for"
    parameter_name = "vote"
    template = "admin/changes/change/tabs.html"

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, Any],
        model: type[Change],
        model_admin: ModelAdmin,
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self.arriving = _arriving(request)

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [(MINE, "my vote"), (OF_CAB, "the CAB"), (ANY, "any vote"), (ALL, "all changes")]

    def choices(self, changelist: Any) -> Any:
        """Without Django's own “All”, which would be one more word for the same."""
        chosen = self.chosen()
        for value, label in self.lookup_choices:
            yield {
                "selected": chosen == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def chosen(self) -> str:
        """The value in the URL, or what the reader arrives with."""
        value = self.value()
        return value if value in (MINE, OF_CAB, ANY, ALL) else self.arriving

    def queryset(self, request: HttpRequest, queryset: QuerySet[Change]) -> QuerySet[Change]:
        chosen = self.chosen()
        if chosen == ALL:
            return queryset
        wanted = {
            MINE: lambda: voting.wanted_of(user=actor_of(request), now=timezone.now()),
            OF_CAB: voting.wanted_of_cab,
            ANY: voting.wanted,
        }[chosen]()
        return queryset & wanted


class ServiceFilter(admin.SimpleListFilter):
    """Services whose changes wait for votes, and the one that is chosen: never all 50,000."""

    title = "service"
    parameter_name = "service"
    template = MENU

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        waiting = Service.objects.filter(pk__in=voting.wanted().values("service"))
        slugs = list(waiting.order_by("slug").values_list("slug", flat=True)[:SERVICES_AT_MOST])
        chosen = request.GET.get(self.parameter_name)
        named = dict.fromkeys([*slugs, *([chosen] if chosen else [])])
        return [(slug, slug) for slug in named]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Change]) -> QuerySet[Change]:
        value = self.value()
        return queryset.filter(service__slug=value) if value else queryset


class WordFilter(admin.ChoicesFieldListFilter):
    """A state, a kind or a risk, from a menu."""

    template = MENU


class PlaceFilter(admin.RelatedFieldListFilter):
    """An environment, from a menu."""

    template = MENU


def arrives_waiting(request: HttpRequest) -> bool:
    """Whether the list shows what waits, soonest planned first; else all, newest first."""
    return request.GET.get(VoteFilter.parameter_name, _arriving(request)) != ALL


def _arriving(request: HttpRequest) -> str:
    if request.GET.get("q") or "state__exact" in request.GET:
        return ALL
    return MINE if CAB in roles_of(actor_of(request)) else OF_CAB
