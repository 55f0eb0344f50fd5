"""Saying a verb of an incident: acknowledge, mitigate, resolve, close, reopen."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.actors import actor_of, demand_reach
from catalog.api_schema import IDEMPOTENCY_KEY, WRITING, answers
from catalog.scopes import HasScope
from catalog.wire import taken
from incidents import lifecycle
from incidents.api.found import found
from incidents.api.shapes import IncidentShown, MaybeNoted, Noted
from ledger.idempotency import idempotent


class _Say(APIView):
    http_method_names = ("get", "head", "post")
    permission_classes: Any = (HasScope("changes:read", write="incidents:write"),)
    verb = ""
    takes: Any = MaybeNoted

    def said(self, request: Request, ref: str) -> Response:
        """Say it, and show the incident as it stands."""
        demand_reach(request, service=found(ref).service)
        note = taken(self.takes, request.data)["note"]
        act = getattr(lifecycle, self.verb)
        act(ref=ref, note=note, actor=actor_of(request), now=timezone.now())
        return Response(IncidentShown(found(ref)).data)


class AcknowledgeIncident(_Say):
    """Acknowledging an incident."""

    verb = "acknowledge"

    @extend_schema(
        operation_id="incidents_acknowledge",
        parameters=[IDEMPOTENCY_KEY],
        request=MaybeNoted,
        responses=answers({200: IncidentShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Say that somebody is on it."""
        return self.said(request, ref)


class MitigateIncident(_Say):
    """Mitigating an incident."""

    verb = "mitigate"

    @extend_schema(
        operation_id="incidents_mitigate",
        parameters=[IDEMPOTENCY_KEY],
        request=MaybeNoted,
        responses=answers({200: IncidentShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Say that it hurts nobody for now, though its cause may still be there."""
        return self.said(request, ref)


class ResolveIncident(_Say):
    """Resolving an incident."""

    verb = "resolve"

    @extend_schema(
        operation_id="incidents_resolve",
        parameters=[IDEMPOTENCY_KEY],
        request=MaybeNoted,
        responses=answers({200: IncidentShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Say that service is restored. The gate no longer holds changes for it."""
        return self.said(request, ref)


class CloseIncident(_Say):
    """Closing an incident."""

    verb, takes = "close", Noted

    @extend_schema(
        operation_id="incidents_close",
        parameters=[IDEMPOTENCY_KEY],
        request=Noted,
        responses=answers({200: IncidentShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Close it with a note on how it ended, from any state: what was not said is passed."""
        return self.said(request, ref)


class ReopenIncident(_Say):
    """Reopening an incident."""

    verb, takes = "reopen", Noted

    @extend_schema(
        operation_id="incidents_reopen",
        parameters=[IDEMPOTENCY_KEY],
        request=Noted,
        responses=answers({200: IncidentShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Say that the trouble is back. It is acknowledged then."""
        return self.said(request, ref)
