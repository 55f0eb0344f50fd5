"""`/gate/queue`: who waits at the gate, and leaving it."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import READING, WRITING, answers
from catalog.models import Environment
from catalog.scopes import HasScope
from catalog.wire import Strict, Text, asked
from changes import gate
from changes.api import gate_examples
from changes.api.gate_shapes import SLUG
from changes.api.shapes import instant, word
from changes.api.view import ApiView, reach_of
from changes.models import QueuePlace
from changes.queries.names import there_is_no
from ledger.decision import rfc3339

SHOWN_AT_MOST = 1000


class QueueAsked(Strict):
    environment = Text(required=False, default="", max_length=SLUG, help_text="By slug.")


class PlaceShown(serializers.Serializer):
    """One run that waits, in the order of turns."""

    id = serializers.IntegerField()
    environment = word()
    service = word()
    change = word("CHG-1042")
    revision = word()
    run_id = word()
    asked_by = word()
    joined_at = instant(null=False)
    asked_at = instant("When it asked last.", null=False)
    released_at = instant("When its turn came.")
    held_until = instant("Until when room is kept for it.")
    expires_at = instant("When it is lost, if nobody asks again.", null=False)
    left_at = instant()
    left_because = word()


class Queue(ApiView):
    """Who waits."""

    permission_classes = (HasScope("gate"),)

    @extend_schema(
        operation_id="gate_queue",
        parameters=[QueueAsked],
        responses=answers({200: PlaceShown(many=True)}, *READING),
        examples=[gate_examples.QUEUE],
    )
    def get(self, request: Request) -> Response:
        """List who waits at the gate, by environment, in the order of their turns.

        At most 1000, of the services the token reaches.
        """
        slug = asked(QueueAsked, request.query_params)["environment"]
        environment = Environment.objects.filter(slug=slug).first() if slug else None
        if slug and environment is None:
            raise ValidationError({"environment": [there_is_no("environment", slug)]})
        rows, reach = gate.waiting(environment=environment), reach_of(request)
        return Response(
            [
                shown(row)
                for row in rows[:SHOWN_AT_MOST]
                if reach.covers(
                    service=row.change.service.slug,
                    team=row.change.team.slug,
                    environment=row.change.environment.slug,
                )
            ]
        )


class OnePlace(ApiView):
    """One place in the queue."""

    permission_classes = (HasScope("gate"),)

    @extend_schema(
        operation_id="gate_queue_leave",
        request=None,
        responses=answers({200: PlaceShown}, *WRITING, 404),
    )
    def delete(self, request: Request, place: int) -> Response:
        """Give up a place, for a pipeline that was cancelled. By whoever took it."""
        try:
            row = gate.leave(place=place, actor=actor_of(request), now=timezone.now())
        except LookupError as missing:
            raise Http404(str(missing)) from None
        return Response(shown(row))


def shown(row: QueuePlace) -> dict[str, Any]:
    """`PlaceShown`."""
    return {
        "id": row.pk,
        "environment": row.environment.slug,
        "service": row.change.service.slug,
        "change": row.change.ref,
        "revision": row.revision,
        "run_id": row.run_id,
        "asked_by": row.asked_by.username,
        "joined_at": rfc3339(row.joined_at),
        "asked_at": rfc3339(row.asked_at),
        "released_at": rfc3339(row.released_at),
        "held_until": rfc3339(row.held_until),
        "expires_at": rfc3339(row.expires_at),
        "left_at": rfc3339(row.left_at),
        "left_because": row.left_because,
    }
