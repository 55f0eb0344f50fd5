"""`/incidents/INC-1/links`: what changes have to do with an incident."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, ReasonShown, answers
from catalog.models import User
from catalog.scopes import HasScope
from catalog.wire import Strict, Text, Word, taken
from changes import incident_links
from changes.api.shapes import instant, word
from changes.api.view import ApiView, reach_of
from changes.incident_links import Said
from changes.models import IncidentLink, Rollback
from changes.queries import NoSuchChange
from changes.queries import incident_links as rows
from changes.queries.names import there_is_no
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


class Implementer(Strict):
    """Who carries it out; the caller, unless another is named or the caller is a robot."""

    implementer = Text(required=False, max_length=150, help_text="Username.")


class RollbackShown(serializers.Serializer):
    """The emergency change that takes a suspect back."""

    change = word()
    state = word()
    takes_back = word()
    restores = word("What ran before, where that is known.", null=True)
    revision = word("Of what ran before; empty where that is not known.")
    implementer = word("Username.", null=True)
    is_new = serializers.BooleanField(help_text="False where it was there already.")
    reasons = ReasonShown(many=True, help_text="Why it was not submitted, where it was not.")


class RollbackOfLink(ApiView):
    """The change that takes a suspect back."""

    permission_classes = (HasScope("changes:read", write="incidents:write"),)

    @extend_schema(
        operation_id="incidents_link_roll_back",
        parameters=[IDEMPOTENCY_KEY],
        request=Implementer,
        responses=answers({201: RollbackShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str, change: str) -> Response:
        """File and submit the emergency change that takes a suspect back, from its rollback plan.

        Where it is confirmed as the cause, the change is scheduled at once and waits for nothing.
        """
        given = taken(Implementer, request.data)
        prepared = incident_links.roll_back(
            incident=ref,
            change=change.strip().upper(),
            implementer=_person(given.get("implementer", "")),
            actor=actor_of(request),
            now=timezone.now(),
            reach=reach_of(request),
        )
        return Response(_rollback(prepared), status=201)


def _person(username: str) -> User | None:
    """Raises `ValidationError` for nobody."""
    if not username:
        return None
    found = User.objects.filter(username=username).first()
    if found is None:
        raise ValidationError({"implementer": [there_is_no("user", username)]})
    return found


def _rollback(prepared: incident_links.Prepared) -> dict[str, Any]:
    """`RollbackShown`."""
    change = prepared.change
    row = Rollback.objects.get(change=change)
    return {
        "change": change.ref,
        "state": change.state,
        "takes_back": f"CHG-{row.cause_id}",
        "restores": f"CHG-{row.restores_id}" if row.restores_id else None,
        "revision": row.revision,
        "implementer": change.implementer.username if change.implementer else None,
        "is_new": prepared.is_new,
        "reasons": [one.as_json() for one in prepared.reasons],
    }


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
