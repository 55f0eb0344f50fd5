"""Updates of an incident over REST: read, drafted, published."""

from datetime import UTC
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.actors import actor_of, demand_reach
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.scopes import HasScope
from catalog.wire import Instant, Strict, Text, Truth, Word, taken
from incidents import updates
from incidents.api.found import found
from incidents.models import Update
from incidents.updates.publishing import LONGEST_MESSAGE
from ledger.idempotency import idempotent

SHOWN_AT_MOST = 200
SCOPES = (HasScope("changes:read", write="incidents:write"),)
ROLLED_BACK = OpenApiExample(
    "For everybody",
    value={"status": "identified", "message": "A deploy is being rolled back.", "public": True},
    request_only=True,
)


class UpdateShown(serializers.ModelSerializer):
    """An update as it was published; instants in UTC."""

    public = serializers.BooleanField(source="is_public")
    published_by = serializers.CharField(source="published_by.username")
    published_at = serializers.DateTimeField(default_timezone=UTC)
    next_update_at = serializers.DateTimeField(default_timezone=UTC, allow_null=True)

    class Meta:
        model = Update
        fields: ClassVar = (
            "id",
            "status",
            "message",
            "public",
            "next_update_at",
            "published_at",
            "published_by",
        )


class UpdatesShown(serializers.Serializer):
    """What was said of an incident, newest first, and when the next update is due."""

    due_at = serializers.DateTimeField(default_timezone=UTC, allow_null=True)
    updates = UpdateShown(many=True)


class DraftShown(serializers.Serializer):
    """What an update would say now."""

    status = serializers.ChoiceField(Update.Status.choices)
    message = serializers.CharField()
    title = serializers.CharField()
    components = serializers.ListField(child=serializers.CharField())
    next_update_at = serializers.DateTimeField(default_timezone=UTC, allow_null=True)


class NewUpdate(Strict):
    """What publishing takes. `title` and `components` are read by the public alone."""

    status = Word(Update.Status.choices)
    message = Text(max_length=LONGEST_MESSAGE)
    public = Truth(required=False, default=False, help_text="For everybody, on the status page.")
    title = Text(max_length=200, required=False, allow_blank=True, default="")
    components = serializers.ListField(
        child=Text(max_length=80), required=False, allow_null=True, default=None, max_length=100
    )
    next_update_at = Instant(required=False, allow_null=True, default=None)
    may_stand = Truth(
        required=False,
        default=False,
        help_text="Publish it though it names what is inside: a service, host, address or ref.",
    )


class Updates(APIView):
    """Updates of an incident."""

    http_method_names = ("get", "head", "post")
    permission_classes: Any = SCOPES

    @extend_schema(
        operation_id="updates_list", responses=answers({200: UpdatesShown}, *READING, 404)
    )
    def get(self, request: Request, ref: str) -> Response:
        """Read what was said, newest first."""
        incident = found(ref)
        rows = incident.updates.select_related("published_by").order_by("-id")[:SHOWN_AT_MOST]
        told = {"due_at": updates.due_at(incident), "updates": rows}
        return Response(UpdatesShown(told).data)

    @extend_schema(
        operation_id="updates_publish",
        parameters=[IDEMPOTENCY_KEY],
        request=NewUpdate,
        responses=answers({201: UpdateShown}, *WRITING, 404),
        examples=[ROLLED_BACK],
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Publish an update."""
        demand_reach(request, service=found(ref).service)
        given = taken(NewUpdate, request.data)
        update = updates.publish(ref=ref, **given, actor=actor_of(request), now=timezone.now())
        return Response(UpdateShown(update).data, status=201)


class UpdateDraft(APIView):
    """An update as it could be published now."""

    http_method_names = ("get", "head")
    permission_classes: Any = SCOPES

    @extend_schema(
        operation_id="updates_draft", responses=answers({200: DraftShown}, *READING, 404)
    )
    def get(self, request: Request, ref: str) -> Response:
        """Read the draft."""
        return Response(DraftShown(updates.draft(found(ref), now=timezone.now())).data)
