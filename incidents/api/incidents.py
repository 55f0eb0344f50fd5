"""Incidents over REST: list, declare, read."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.actors import actor_of, demand_reach
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.pagination import NewestFirst
from catalog.scopes import HasScope
from catalog.wire import asked, taken
from incidents import lifecycle, queries
from incidents.api.found import found
from incidents.api.shapes import Declaration, IncidentsAsked, IncidentShown, IncidentsPage
from ledger.idempotency import idempotent

DECLARED = OpenApiExample(
    "Payments are down",
    value={"title": "Refunds fail", "service": "payments-api", "severity": 2},
    request_only=True,
)
SCOPES = (HasScope("changes:read", write="incidents:write"),)


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
        rows = queries.in_state(given["state"]) if "state" in given else queries.shown()
        if "service" in given:
            rows = rows.filter(service__slug=given["service"])
        if "severity" in given:
            rows = rows.filter(severity=given["severity"])
        pages = NewestFirst()
        rows_found = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(IncidentShown(rows_found, many=True).data)

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
        return Response(IncidentShown(found(ref)).data)
