"""Incidents over REST: list, declare, read, close."""

from datetime import UTC
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.actors import actor_of, demand_reach
from catalog.models import Environment, Service
from catalog.pagination import NewestFirst
from catalog.scopes import HasScope
from incidents import lifecycle, queries
from incidents.models import Incident
from ledger.idempotency import idempotent

LONGEST_TEXT = 20_000
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


class Declaration(serializers.Serializer):
    """What declaring an incident takes."""

    title = serializers.CharField(max_length=200)
    description = serializers.CharField(
        max_length=LONGEST_TEXT, required=False, allow_blank=True, default=""
    )
    service = serializers.SlugRelatedField(
        "slug", queryset=Service.objects.select_related("owner_team")
    )
    environment = serializers.SlugRelatedField(
        "slug", queryset=Environment.objects.all(), required=False, allow_null=True, default=None
    )
    severity = serializers.ChoiceField(Incident.Severity.choices)


class Closing(serializers.Serializer):
    """What closing an incident takes."""

    note = serializers.CharField(max_length=LONGEST_TEXT)


class IncidentFilter(django_filters.FilterSet):
    """`?service=&severity=&state=`"""

    service = django_filters.CharFilter("service__slug")
    severity = django_filters.ChoiceFilter(choices=Incident.Severity.choices)
    state = django_filters.ChoiceFilter(choices=Incident.State.choices)

    class Meta:
        model = Incident
        fields: ClassVar = ("service", "severity", "state")


class Incidents(GenericAPIView):
    """Every incident, newest first."""

    permission_classes: Any = SCOPES
    pagination_class = NewestFirst
    filterset_class = IncidentFilter
    serializer_class = IncidentShown

    def get_queryset(self) -> QuerySet[Incident]:
        return queries.shown()

    @extend_schema(operation_id="incidents_list", responses=IncidentShown(many=True))
    def get(self, request: Request) -> Response:
        """List incidents."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(IncidentShown(page, many=True).data)

    @extend_schema(request=Declaration, responses={201: IncidentShown})
    @idempotent
    def post(self, request: Request) -> Response:
        """Declare an incident."""
        given = Declaration(data=request.data)
        given.is_valid(raise_exception=True)
        demand_reach(request, service=given.validated_data["service"])
        incident = lifecycle.declare(
            **given.validated_data, actor=actor_of(request), now=timezone.now()
        )
        return Response(IncidentShown(incident).data, status=201)


class OneIncident(APIView):
    """One incident."""

    permission_classes: Any = SCOPES

    @extend_schema(operation_id="incidents_read", responses=IncidentShown)
    def get(self, request: Request, ref: str) -> Response:
        """Read an incident."""
        return Response(IncidentShown(_found(ref)).data)


class CloseIncident(APIView):
    """Closing an incident."""

    permission_classes: Any = SCOPES

    @extend_schema(request=Closing, responses=IncidentShown)
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Close an incident, with a note on how it ended."""
        demand_reach(request, service=_found(ref).service)
        given = Closing(data=request.data)
        given.is_valid(raise_exception=True)
        note = given.validated_data["note"]
        lifecycle.close(ref=ref, note=note, actor=actor_of(request), now=timezone.now())
        return Response(IncidentShown(_found(ref)).data)


def _found(ref: str) -> Incident:
    try:
        return queries.by_ref(ref)
    except Incident.DoesNotExist:
        raise Http404(f"There is no incident “{ref}”.") from None
