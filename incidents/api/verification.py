"""`/incidents/INC-1/verification`: what is known of its end, and what resolving it still lacks."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.actors import demand_reach
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, ReasonShown, answers
from catalog.scopes import HasScope
from catalog.wire import Strict, Text
from incidents import lifecycle
from incidents.api.acting import ActingView
from incidents.api.found import found
from incidents.api.shapes import IncidentShown
from incidents.lifecycle import verifying
from incidents.models import PostmortemDuty
from ledger.decision import rfc3339
from ledger.idempotency import idempotent


class CheckSeen(serializers.Serializer):
    """A figure that must be green, as it was seen last."""

    name = serializers.CharField()
    asks = serializers.CharField(help_text="Its query, and what the answer must be.")
    apart_seconds = serializers.IntegerField(help_text="How long it must stay green.")
    green_since = serializers.DateTimeField(allow_null=True)
    last_at = serializers.DateTimeField(allow_null=True, help_text="When it was looked at.")
    said = serializers.CharField(help_text="What was found then; empty before the first look.")


class VerificationShown(serializers.Serializer):
    """Whether it is verified that service is restored."""

    incident = serializers.CharField()
    verified = serializers.BooleanField(help_text="Resolving asks for no reason.")
    checks = CheckSeen(many=True)
    missing = ReasonShown(many=True)
    postmortem_due_at = serializers.DateTimeField(
        allow_null=True, help_text="By when the postmortem is due that it owes."
    )


class PostmortemGiven(Strict):
    """Where the postmortem stands."""

    address = Text(
        max_length=PostmortemDuty.LONGEST_ADDRESS, help_text="Of its page: https://wiki.…/inc-7"
    )


class Postmortem(ActingView):
    """The postmortem that an incident owes."""

    @extend_schema(
        operation_id="incidents_write_postmortem",
        parameters=[IDEMPOTENCY_KEY],
        request=PostmortemGiven,
        responses=answers({200: IncidentShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Say where it stands; nobody is reminded of it any more. Again, where it has moved."""
        who, given = self.who(request, ref), self.given(request, PostmortemGiven)
        return Response(IncidentShown(lifecycle.write_postmortem(**who, **given)).data)


class Verification(APIView):
    """What is known of the end of an incident."""

    http_method_names = ("get", "head")
    permission_classes: Any = (HasScope("changes:read"),)

    @extend_schema(
        operation_id="incidents_verification",
        responses=answers({200: VerificationShown}, *READING, 404),
    )
    def get(self, request: Request, ref: str) -> Response:
        """Read which figures are green and since when, and what resolving it still lacks."""
        incident = found(ref.strip().upper())
        demand_reach(request, service=incident.service)
        seen = verifying.known(incident, now=timezone.now())
        return Response(
            {
                "incident": incident.ref,
                "verified": not seen.missing,
                "checks": [
                    {
                        "name": one.name,
                        "asks": one.asks,
                        "apart_seconds": round(one.apart.total_seconds()),
                        "green_since": rfc3339(one.green_since),
                        "last_at": rfc3339(one.last_at),
                        "said": one.said,
                    }
                    for one in seen.checks
                ],
                "missing": [one.as_json() for one in seen.missing],
                "postmortem_due_at": rfc3339(seen.postmortem_due_at),
            }
        )
