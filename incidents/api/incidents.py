"""Incidents over REST: list, declare, read, close."""

from datetime import UTC
from typing import Any, ClassVar, TypeVar

from django.db.models import Model
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.actors import actor_of, demand_reach
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.models import Environment, Service
from catalog.pagination import MAX_LIMIT, NewestFirst
from catalog.scopes import HasScope
from catalog.wire import Number, Strict, Text, Word, asked, taken
from incidents import lifecycle, queries
from incidents.models import Incident
from ledger.idempotency import idempotent

LONGEST_TEXT = 20_000
Row = TypeVar("Row", bound=Model)
DECLARED = OpenApiExample(
    "Payments are down",
    value={"title": "Refunds fail", "service": "payments-api", "severity": 2},
    request_only=True,
)
SCOPES = (HasScope("changes:read", write="incidents:write"),)


class IncidentShown(serializers.ModelSerializer):
    """An incident as the API shows it; people by username, instants in UTC."""

    ref = serializers.CharField()
    service = serializers.CharField(source="service.slug")
    environment = serializers.CharField(source="environment.slug", allow_null=True)
    commander = serializers.CharField(source="commander.username", allow_null=True)
    declared_by = serializers.CharField(source="declared_by.username")
    closed_by = serializers.CharField(source="closed_by.username", allow_null=True)
    declared_at = serializers.DateTimeField(default_timezone=UTC)
    closed_at = serializers.DateTimeField(default_timezone=UTC, allow_null=True)

    class Meta:
        model = Incident
        fields: ClassVar = (
            "ref",
            "title",
            "description",
            "service",
            "environment",
            "severity",
            "state",
            "commander",
            "declared_at",
            "declared_by",
            "closed_at",
            "closed_by",
            "closing_note",
        )


class Declaration(Strict):
    """What declaring an incident takes."""

    title = Text(max_length=200)
    description = Text(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")
    service = Text(max_length=80, help_text="Slug.")
    environment = Text(
        max_length=80, required=False, allow_null=True, default=None, help_text="Slug."
    )
    severity = Number(min_value=1, max_value=4, help_text="1 is the worst.")

    def validate_service(self, slug: str) -> Service:
        """The row of a slug."""
        found = Service.objects.select_related("owner_team").filter(slug=slug).first()
        return _there(found, "service", slug)

    def validate_environment(self, slug: str | None) -> Environment | None:
        """The row of a slug, if one is given."""
        if slug is None:
            return None
        return _there(Environment.objects.filter(slug=slug).first(), "environment", slug)


class Closing(Strict):
    """What closing an incident takes."""

    note = Text(max_length=LONGEST_TEXT)


class IncidentsAsked(Strict):
    """`GET /incidents`."""

    service = Text(required=False, max_length=80, help_text="Slug.")
    severity = serializers.IntegerField(required=False, min_value=1, max_value=4)
    state = Word(Incident.State.choices, required=False)
    cursor = Text(required=False, max_length=400, help_text="From `next` or `previous`.")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT)


class IncidentsPage(serializers.Serializer):
    """One page; `next` and `previous` are addresses, or null at an end."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = IncidentShown(many=True)


class Incidents(APIView):
    """Every incident, newest first."""

    http_method_names = ("get", "head", "post")
    permission_classes: Any = SCOPES

    @extend_schema(
        operation_id="incidents_list",
        parameters=[IncidentsAsked],
        responses=answers({200: IncidentsPage}, *READING),
    )
    def get(self, request: Request) -> Response:
        """List incidents."""
        given = asked(IncidentsAsked, request.query_params)
        rows = queries.shown()
        if "service" in given:
            rows = rows.filter(service__slug=given["service"])
        for name in ("severity", "state"):
            if name in given:
                rows = rows.filter(**{name: given[name]})
        pages = NewestFirst()
        found = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(IncidentShown(found, many=True).data)

    @extend_schema(
        operation_id="incidents_declare",
        parameters=[IDEMPOTENCY_KEY],
        request=Declaration,
        responses=answers({201: IncidentShown}, *WRITING),
        examples=[DECLARED],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Declare an incident."""
        given = taken(Declaration, request.data)
        demand_reach(request, service=given["service"])
        incident = lifecycle.declare(**given, actor=actor_of(request), now=timezone.now())
        return Response(IncidentShown(incident).data, status=201)


class OneIncident(APIView):
    """One incident."""

    http_method_names = ("get", "head", "post")
    permission_classes: Any = SCOPES

    @extend_schema(
        operation_id="incidents_read", responses=answers({200: IncidentShown}, *READING, 404)
    )
    def get(self, request: Request, ref: str) -> Response:
        """Read an incident."""
        return Response(IncidentShown(_found(ref)).data)


class CloseIncident(APIView):
    """Closing an incident."""

    http_method_names = ("get", "head", "post")
    permission_classes: Any = SCOPES

    @extend_schema(
        operation_id="incidents_close",
        parameters=[IDEMPOTENCY_KEY],
        request=Closing,
        responses=answers({200: IncidentShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Close an incident, with a note on how it ended."""
        demand_reach(request, service=_found(ref).service)
        note = taken(Closing, request.data)["note"]
        lifecycle.close(ref=ref, note=note, actor=actor_of(request), now=timezone.now())
        return Response(IncidentShown(_found(ref)).data)


def _there(row: Row | None, kind: str, slug: str) -> Row:
    if row is None:
        raise ValidationError([f"There is no {kind} {slug}."])
    return row


def _found(ref: str) -> Incident:
    try:
        return queries.by_ref(ref)
    except Incident.DoesNotExist:
        raise Http404(f"There is no incident “{ref}”.") from None
