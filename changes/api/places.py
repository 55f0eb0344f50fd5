"""`/services`, `/teams`, `/environments`: what a change may name. Read only."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api_schema import READING, answers
from catalog.models import Environment, Service, Team
from catalog.pagination import NewestFirst
from catalog.scopes import HasScope
from catalog.wire import Strict, Text, asked
from changes.api.filters import Limit
from changes.api.shapes import word, words
from changes.api.view import ApiView


class BySlug(NewestFirst):
    """In the order of the alphabet."""

    ordering = "slug"


class ServiceShown(serializers.Serializer):
    slug = word()
    name = word()
    tier = serializers.IntegerField(help_text="1 hurts most when it is down, 4 least.")
    owner_team = word("Slug.")
    depends_on = words("Slugs of the services it needs.")
    active = serializers.BooleanField(help_text="An inactive service takes no changes.")


class MemberShown(serializers.Serializer):
    username = word()
    role = serializers.ChoiceField(["member", "lead"])


class TeamShown(serializers.Serializer):
    slug = word()
    name = word()
    time_zone = word("IANA name.")
    members = MemberShown(many=True)


class EnvironmentShown(serializers.Serializer):
    slug = word()
    name = word()
    default = serializers.ChoiceField(
        Environment.Default.choices, help_text="Whether it is open when no window speaks."
    )


def page_of(shape: type[serializers.Serializer]) -> type[serializers.Serializer]:
    """The shape of one page of something."""
    name = shape.__name__.removesuffix("Shown") + "sPage"
    fields = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": shape(many=True),
    }
    return type(name, (serializers.Serializer,), fields)


class PageAsked(Strict):
    cursor = Text(required=False, max_length=400, help_text="From `next` or `previous`.")
    limit = Limit()


class ServicesAsked(PageAsked):
    team = Text(required=False, max_length=80, help_text="Slug of the owner.")
    slug = Text(required=False, max_length=80)


class Listing(ApiView):
    """One page of rows by slug."""

    permission_classes = (HasScope("changes:read"),)

    def page(self, request: Request, rows: QuerySet[Any], shown: Any) -> Response:
        """The page asked for, each row through `shown`."""
        return self.pages(request, rows, lambda found: [shown(row) for row in found])

    def pages(self, request: Request, rows: QuerySet[Any], shown: Any) -> Response:
        """The page asked for, all its rows through `shown` together."""
        pages = BySlug()
        found = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(shown(list(found)))


class Services(Listing):
    @extend_schema(
        operation_id="services_list",
        parameters=[ServicesAsked],
        responses=answers({200: page_of(ServiceShown)}, *READING),
    )
    def get(self, request: Request) -> Response:
        """List services."""
        given = asked(ServicesAsked, request.query_params)
        rows = Service.objects.select_related("owner_team").prefetch_related("depends_on")
        if "team" in given:
            rows = rows.filter(owner_team__slug=given["team"])
        if "slug" in given:
            rows = rows.filter(slug=given["slug"])
        return self.page(request, rows, service)


class Teams(Listing):
    @extend_schema(
        operation_id="teams_list",
        parameters=[PageAsked],
        responses=answers({200: page_of(TeamShown)}, *READING),
    )
    def get(self, request: Request) -> Response:
        """List teams with their members."""
        asked(PageAsked, request.query_params)
        return self.page(request, Team.objects.prefetch_related("memberships__user"), team)


class Environments(Listing):
    @extend_schema(
        operation_id="environments_list",
        parameters=[PageAsked],
        responses=answers({200: page_of(EnvironmentShown)}, *READING),
    )
    def get(self, request: Request) -> Response:
        """List environments."""
        asked(PageAsked, request.query_params)
        return self.page(request, Environment.objects.all(), environment)


def service(row: Service) -> dict[str, Any]:
    """`ServiceShown`."""
    return {
        "slug": row.slug,
        "name": row.name,
        "tier": row.tier,
        "owner_team": row.owner_team.slug,
        "depends_on": sorted(other.slug for other in row.depends_on.all()),
        "active": row.is_active,
    }


def team(row: Team) -> dict[str, Any]:
    """`TeamShown`."""
    members = [{"username": one.user.username, "role": one.role} for one in row.memberships.all()]
    return {
        "slug": row.slug,
        "name": row.name,
        "time_zone": row.time_zone,
        "members": sorted(members, key=lambda one: one["username"]),
    }


def environment(row: Environment) -> dict[str, Any]:
    """`EnvironmentShown`."""
    return {"slug": row.slug, "name": row.name, "default": row.default}
