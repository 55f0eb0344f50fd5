"""Severity, roles, what it costs and what it touches."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.wire import Number, Strict, Text
from incidents import lifecycle
from incidents.api.acting import ActingView, person, service
from incidents.api.found import found
from incidents.api.room_shapes import RoomShown, room_of
from incidents.api.shapes import IncidentShown
from incidents.models import Impact, Urgency
from ledger.idempotency import idempotent


class SeverityGiven(Strict):
    """Another severity: given, or by the matrix from impact and urgency."""

    severity = Number(min_value=1, max_value=4, required=False, allow_null=True, default=None)
    impact = Number(min_value=1, max_value=3, required=False, allow_null=True, default=None)
    urgency = Number(min_value=1, max_value=3, required=False, allow_null=True, default=None)
    reason = Text(max_length=2000)


class MeasureGiven(Strict):
    """How many users and how much money it affects; what is left out is not known."""

    users_affected = Number(min_value=0, required=False, allow_null=True, default=None)
    money_affected = serializers.DecimalField(
        max_digits=14, decimal_places=2, min_value=0, required=False, allow_null=True, default=None
    )
    currency = Text(max_length=3, required=False, allow_blank=True, default="")


class RoleGiven(Strict):
    """Who has the role from now on; null takes it from whoever has it."""

    person = Text(max_length=150, allow_null=True, help_text="Username.")


class ServiceGiven(Strict):
    """Another service that it touches."""

    service = Text(max_length=80, help_text="Slug.")
    affected = serializers.BooleanField(default=True, help_text="False: it no longer does.")


class Room(ActingView):
    """Everything the war room shows."""

    http_method_names: Any = ("get", "head")

    @extend_schema(
        operation_id="incidents_room", responses=answers({200: RoomShown}, *READING, 404)
    )
    def get(self, request: Request, ref: str) -> Response:
        """Read who is on it, what is due, its tasks, checklists, alerts and services."""
        return Response(room_of(found(ref)))


class Severity(ActingView):
    """How bad it is."""

    @extend_schema(
        operation_id="incidents_set_severity",
        parameters=[IDEMPOTENCY_KEY],
        request=SeverityGiven,
        responses=answers({200: IncidentShown}, *WRITING, 404),
        examples=[
            OpenApiExample(
                "By the matrix",
                value={"impact": int(Impact.EVERYBODY), "urgency": int(Urgency.NOW), "reason": "…"},
                request_only=True,
            )
        ],
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Give it another severity, with the reason. Its clocks run by the new targets then."""
        lifecycle.set_severity(**self.who(request, ref), **self.given(request, SeverityGiven))
        return Response(IncidentShown(found(ref)).data)


class Measure(ActingView):
    """What it costs."""

    @extend_schema(
        operation_id="incidents_measure",
        parameters=[IDEMPOTENCY_KEY],
        request=MeasureGiven,
        responses=answers({200: IncidentShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Say how many users and how much money it affects; also afterwards."""
        lifecycle.measure(**self.who(request, ref), **self.given(request, MeasureGiven))
        return Response(IncidentShown(found(ref)).data)


class Role(ActingView):
    """Who has a role."""

    http_method_names: Any = ("put",)

    @extend_schema(
        operation_id="incidents_assign",
        request=RoleGiven,
        responses=answers({200: RoomShown}, *WRITING, 404),
    )
    def put(self, request: Request, ref: str, role: str) -> Response:
        """Give a role (commander, communications, scribe) to a person, or to nobody."""
        given: Any = self.given(request, RoleGiven)
        who = person(given["person"], field="person")
        lifecycle.assign(**self.who(request, ref), role=role, person=who)
        return Response(room_of(found(ref)))


class Services(ActingView):
    """What else it touches."""

    @extend_schema(
        operation_id="incidents_affect",
        parameters=[IDEMPOTENCY_KEY],
        request=ServiceGiven,
        responses=answers({200: RoomShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Say that it touches another service too, or no longer."""
        given = self.given(request, ServiceGiven)
        lifecycle.affect(
            **self.who(request, ref),
            service=service(given["service"]),
            affected=given["affected"],
        )
        return Response(room_of(found(ref)))
