"""Alerts over REST: list, read, acknowledge."""

from datetime import UTC
from typing import Any, ClassVar

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.actors import actor_of, demand_reach
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.pagination import MAX_LIMIT, NewestFirst
from catalog.scopes import HasScope
from catalog.wire import Strict, Text, Word, asked, taken
from incidents import alerts, queries
from incidents.alerts import listing
from incidents.models import Alert, Incident
from ledger.idempotency import idempotent

SCOPES = (HasScope("changes:read", write="incidents:write"),)
VIEWS = (
    ("firing", "What fires, acknowledged or not"),
    ("unrouted", "What fires and has found no service"),
    ("missed", "What was over when it was heard of, and is part of no incident"),
    ("ended", "What has ended"),
    ("all", "All"),
)


def _when(**more: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(default_timezone=UTC, **more)


class AlertLink(serializers.Serializer):
    """Where more is to be read."""

    url = serializers.URLField()
    text = serializers.CharField()


class AlertShown(serializers.ModelSerializer):
    """An alert as the API shows it; instants in UTC."""

    service = serializers.CharField(source="service.slug", allow_null=True)
    environment = serializers.CharField(source="environment.slug", allow_null=True)
    incident = serializers.CharField(source="incident.ref", allow_null=True)
    route = serializers.CharField(source="route.name", allow_null=True)
    escalation = serializers.CharField(source="route.escalation", allow_null=True)
    acknowledged_by = serializers.CharField(source="acknowledged_by.username", allow_null=True)
    labels = serializers.DictField(child=serializers.CharField())
    links = serializers.SerializerMethodField()
    first_at = _when(help_text="When it first fired.")
    started_at = _when(help_text="When this firing began.")
    ended_at = _when(allow_null=True)
    last_heard_at = _when()
    ends_by_itself_at = _when(allow_null=True, help_text="Unless it is heard of again.")
    acknowledged_at = _when(allow_null=True)

    class Meta:
        model = Alert
        fields: ClassVar = (
            "id",
            "source",
            "key",
            "state",
            "title",
            "body",
            "severity",
            "severity_word",
            "service",
            "environment",
            "incident",
            "route",
            "escalation",
            "unrouted_because",
            "labels",
            "links",
            "first_at",
            "started_at",
            "ended_at",
            "last_heard_at",
            "ends_by_itself_at",
            "occurrences",
            "flaps",
            "heard",
            "acknowledged_at",
            "acknowledged_by",
        )

    @extend_schema_field(AlertLink(many=True))
    def get_links(self, alert: Alert) -> Any:
        return alert.links


class AlertsAsked(Strict):
    """`GET /alerts`."""

    view = Word(VIEWS, required=False, help_text="`firing` where none is named.")
    service = Text(required=False, max_length=80, help_text="Slug.")
    source = Text(  # type: ignore[assignment]
        required=False, max_length=80, help_text="Slug of who says so."
    )
    severity = serializers.IntegerField(required=False, min_value=1, max_value=4)
    incident = Text(required=False, max_length=30, help_text="Ref, such as INC-7.")
    cursor = Text(required=False, max_length=400, help_text="From `next` or `previous`.")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT)


class AlertsPage(serializers.Serializer):
    """One page; `next` and `previous` are addresses, or null at an end."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = AlertShown(many=True)


class _Newest(NewestFirst):
    ordering = ("-started_at", "-id")  # type: ignore[assignment]


class Alerts(APIView):
    """Alerts, the newest firing first."""

    http_method_names = ("get", "head")
    permission_classes: Any = SCOPES

    @extend_schema(
        operation_id="alerts_list",
        parameters=[AlertsAsked],
        responses=answers({200: AlertsPage}, *READING),
    )
    def get(self, request: Request) -> Response:
        """List alerts; those that fire, unless others are asked for."""
        given = asked(AlertsAsked, request.query_params)
        names = ("view", "service", "source", "severity")
        narrowed = {name: given[name] for name in names if name in given}
        if "incident" in given:
            narrowed["incident"] = _key(given["incident"])
        pages = _Newest()
        rows = listing.narrowed(listing.Filters(**narrowed))
        found = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(AlertShown(found, many=True).data)


class OneAlert(APIView):
    """One alert."""

    http_method_names = ("get", "head")
    permission_classes: Any = SCOPES

    @extend_schema(operation_id="alerts_read", responses=answers({200: AlertShown}, *READING, 404))
    def get(self, request: Request, number: int) -> Response:
        """Read an alert."""
        return Response(AlertShown(_found(number)).data)


class AcknowledgeAlert(APIView):
    """Acknowledging an alert."""

    http_method_names = ("get", "head", "post")
    permission_classes: Any = SCOPES

    @extend_schema(
        operation_id="alerts_acknowledge",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses=answers({200: AlertShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, number: int) -> Response:
        """Say that somebody has seen it; it goes on firing."""
        found = _found(number)
        if found.service is not None:
            demand_reach(request, service=found.service)
        taken(Strict, request.data)
        alerts.acknowledge(number=number, actor=actor_of(request), now=timezone.now())
        return Response(AlertShown(_found(number)).data)


def _found(number: int) -> Alert:
    found = listing.shown().select_related("service__owner_team").filter(pk=number).first()
    if found is None:
        raise Http404(f"There is no alert {number}.")
    return found


def _key(ref: str) -> int:
    try:
        return queries.key_of(ref)
    except Incident.DoesNotExist:
        return 0
