"""`/incidents/INC-1/links`: what changes have to do with an incident."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.scopes import HasScope
from catalog.wire import Strict, Text, Word, taken
from changes import incident_links
from changes.api.shapes import instant, word
from changes.api.view import ApiView, reach_of
from changes.incident_links import Said
from changes.models import IncidentLink
from changes.queries import NoSuchChange
from changes.queries import incident_links as rows
from incidents import queries as incidents
from ledger.decision import rfc3339
from ledger.idempotency import idempotent

LONGEST = 5_000


class LinkSaid(Strict):
    """What a change has to do with the incident. `caused` and `dismissed` ask for a note."""

    change = Text(max_length=24)
    relation = Word(IncidentLink.Relation.choices)
    certainty = Word(IncidentLink.Certainty.choices, required=False)
    note = Text(required=False, allow_blank=True, default="", max_length=LONGEST)


class LinkShown(serializers.Serializer):
    """What stands; what was said before is in the timeline."""

    incident = word()
    change = word()
    relation = serializers.ChoiceField(IncidentLink.Relation.choices)
    certainty = serializers.ChoiceField(IncidentLink.Certainty.choices)
    note = word()
    decided_at = instant(null=False)
    decided_by = word()


class IncidentLinks(ApiView):
    """Changes that caused an incident, may have, or mend it."""

    permission_classes = (HasScope("changes:read", write="incidents:write"),)

    @extend_schema(
        operation_id="incidents_links",
        responses=answers({200: LinkShown(many=True)}, *READING, 404),
    )
    def get(self, request: Request, ref: str) -> Response:
        """What was said, causes first."""
        incident = incidents.by_ref(ref.strip().upper())
        reach_of(request).demand(
            service=incident.service.slug, team=incident.service.owner_team.slug, ref=incident.ref
        )
        return Response([shown(row) for row in rows.of_incident(incident.pk)])

    @extend_schema(
        operation_id="incidents_link",
        parameters=[IDEMPOTENCY_KEY],
        request=LinkSaid,
        responses=answers({201: LinkShown}, *WRITING, 404),
        examples=[
            OpenApiExample(
                "The cause",
                value={
                    "change": "CHG-12",
                    "relation": "caused",
                    "note": "Errors began with its first pod and ended with the rollback.",
                },
                request_only=True,
            )
        ],
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Say what a change has to do with it, in place of what was said before."""
        given = taken(LinkSaid, request.data)
        incident = incidents.by_ref(ref.strip().upper())
        try:
            row = incident_links.link(
                Said(incident=incident.ref, **given),
                actor=actor_of(request),
                now=timezone.now(),
                reach=reach_of(request),
            )
        except NoSuchChange as problem:
            raise ValidationError({"change": [str(problem)]}) from None
        return Response(shown(row), status=201)


def shown(row: IncidentLink) -> dict[str, Any]:
    """`LinkShown`."""
    return {
        "incident": f"INC-{row.incident_id}",
        "change": f"CHG-{row.change_id}",
        "relation": row.relation,
        "certainty": row.certainty,
        "note": row.note,
        "decided_at": rfc3339(row.decided_at),
        "decided_by": row.decider,
    }
