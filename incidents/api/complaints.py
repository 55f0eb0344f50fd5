"""Complaints over REST, shaped like a mail: for whoever passes on what customers write."""

import uuid
from datetime import UTC
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.fields import Field
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.actors import actor_of, demand_reach
from catalog.api_schema import IDEMPOTENCY_KEY, WRITING, answers
from catalog.models import Service
from catalog.scopes import HasScope
from catalog.wire import Instant, Number, Strict, Text, taken
from incidents import complaints
from ledger.idempotency import idempotent

LONGEST_TEXT = 20_000
MAILED = OpenApiExample(
    "A mail that was passed on",
    value={
        "from": "customer@example.org",
        "subject": "I cannot pay",
        "text": "It says: try again later. Since this morning.",
        "service": "payments-api",
        "message_id": "<CAF3x@mail.example.org>",
    },
    request_only=True,
)


class _From(serializers.Serializer):
    """A shape whose `said_by` is called `from` on the wire, as no field in Python can be."""

    def get_fields(self) -> dict[str, Field]:
        given = super().get_fields()
        given["said_by"].source = "said_by"
        return {"from" if name == "said_by" else name: one for name, one in given.items()}


class Complaining(Strict, _From):
    """What somebody wrote; `message_id` is that of the mail, by which a repetition is known."""

    said_by = Text(max_length=254, help_text="Whoever wrote it.")
    subject = Text(max_length=200)
    text = Text(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")
    service = Text(
        max_length=80, required=False, allow_null=True, default=None, help_text="Slug, if known."
    )
    message_id = Text(max_length=1000, required=False, help_text="Taken once.")
    since_at = Instant(required=False, allow_null=True, default=None, help_text="If they say so.")
    affected = Number(
        required=False, allow_null=True, default=None, min_value=0, help_text="How many people."
    )

    def validate_service(self, slug: str | None) -> Service | None:
        """The row of a slug, if one is given."""
        if slug is None:
            return None
        found = Service.objects.select_related("owner_team").filter(slug=slug).first()
        if found is None:
            raise ValidationError([f"There is no service “{slug}”. Leave it out if in doubt."])
        return found


class ComplaintShown(_From):
    """A complaint, and what became of it."""

    ref = serializers.CharField()
    said_by = serializers.CharField()
    subject = serializers.CharField()
    service = serializers.CharField(allow_null=True)
    since_at = serializers.DateTimeField(default_timezone=UTC, allow_null=True)
    affected = serializers.IntegerField(allow_null=True)
    reported_at = serializers.DateTimeField(default_timezone=UTC)
    incident = serializers.CharField(
        allow_null=True, help_text="The incident that it is part of, or null."
    )
    is_new = serializers.BooleanField(help_text="False where the same message came before.")


class Complaints(APIView):
    """What people say is wrong."""

    http_method_names = ("post",)
    permission_classes: Any = (HasScope("incidents:write"),)

    @extend_schema(
        operation_id="complaints_report",
        parameters=[IDEMPOTENCY_KEY],
        request=Complaining,
        responses=answers({200: ComplaintShown, 201: ComplaintShown}, *WRITING),
        examples=[MAILED],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Report a complaint: 201, or 200 where its message came before."""
        given = taken(Complaining, request.data)
        if given["service"] is not None:
            demand_reach(request, service=given["service"])
        number = given.pop("message_id", "") or f"report:{uuid.uuid4()}"
        reported = complaints.report(
            **given, message_id=number, actor=actor_of(request), now=timezone.now()
        )
        return Response(_shown(reported), status=201 if reported.is_new else 200)


def _shown(reported: complaints.Reported) -> dict[str, Any]:
    one, alert = reported.complaint, reported.alert
    return {
        "ref": one.ref,
        "from": one.said_by,
        "subject": one.subject,
        "service": one.service.slug if one.service else None,
        "since_at": one.since_at.astimezone(UTC) if one.since_at else None,
        "affected": one.affected,
        "reported_at": one.reported_at.astimezone(UTC),
        "incident": alert.incident.ref if alert and alert.incident else None,
        "is_new": reported.is_new,
    }
