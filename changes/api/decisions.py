"""`/gate/decisions`: the log of what the gate answered."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api_schema import READING, ReasonShown, answers
from catalog.models import Service
from catalog.pagination import NewestFirst
from catalog.scopes import HasScope
from catalog.wire import Instant, Strict, Text, Word, asked
from changes.api.filters import Limit
from changes.api.shapes import instant, word
from changes.api.view import ApiView, reach_of
from changes.models import GateAnswer
from ledger.decision import rfc3339


class NewestAnswerFirst(NewestFirst):
    """By the instant: answers have no numbers."""

    ordering = ("-at", "-id")  # type: ignore[assignment]


class PipelineShown(serializers.Serializer):
    """Where it ran; empty where the pipeline did not say."""

    url = word()
    run_id = word()
    attempt = serializers.IntegerField(allow_null=True)


class DecisionLogged(serializers.Serializer):
    """One answer of the gate as it was given. The permit itself is never stored."""

    decision_id = serializers.UUIDField()
    at = instant(null=False)
    asked_by = word()
    service = word()
    environment = word()
    revision = word()
    artifact = word()
    change = word(null=True)
    decision = serializers.ChoiceField(GateAnswer.Answer.choices)
    reasons = ReasonShown(many=True)
    next_allowed_at = instant()
    expires_at = instant("When the permit it gave ends.")
    pipeline = PipelineShown()


class DecisionsPage(serializers.Serializer):
    """One page of the log; `next` and `previous` are addresses, or null at an end."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = DecisionLogged(many=True)


class DecisionsAsked(Strict):
    """`GET /gate/decisions`: `decision` may be repeated."""

    service = Text(required=False, max_length=80)
    environment = Text(required=False, max_length=80)
    revision = Text(required=False, max_length=120)
    change = Text(required=False, max_length=24)
    asked_by = Text(required=False, max_length=150)
    decision = serializers.ListField(child=Word(GateAnswer.Answer.choices), required=False)
    at_from = Instant(required=False, help_text="Answered at or after.")
    at_to = Instant(required=False, help_text="Answered before.")
    cursor = Text(required=False, max_length=400, help_text="From `next` or `previous`.")
    limit = Limit()


class Decisions(ApiView):
    """What the gate answered."""

    permission_classes = (HasScope("changes:read"),)

    @extend_schema(
        operation_id="gate_decisions_list",
        parameters=[DecisionsAsked],
        responses=answers({200: DecisionsPage}, *READING),
    )
    def get(self, request: Request) -> Response:
        """List decisions, newest first."""
        rows = narrowed(within_reach(request), asked(DecisionsAsked, request.query_params))
        pages = NewestAnswerFirst()
        found = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([logged(row) for row in found])


def within_reach(request: Request) -> QuerySet[GateAnswer]:
    """The decisions about the places the caller's token reaches."""
    reach, rows = reach_of(request), GateAnswer.objects.all()
    if reach.environments:
        rows = rows.filter(environment__in=reach.environments)
    if not (reach.services or reach.teams):
        return rows
    of_teams = Service.objects.filter(owner_team__slug__in=reach.teams).values("slug")
    return rows.filter(Q(service__in=reach.services) | Q(service__in=of_teams))


def narrowed(rows: QuerySet[GateAnswer], given: dict[str, Any]) -> QuerySet[GateAnswer]:
    """The rows a query asks for."""
    for name in ("service", "environment", "revision", "asked_by"):
        if name in given:
            rows = rows.filter(**{name: given[name]})
    if "change" in given:
        rows = rows.filter(change=given["change"].upper())
    if given.get("decision"):
        rows = rows.filter(decision__in=given["decision"])
    since: datetime | None = given.get("at_from")
    until: datetime | None = given.get("at_to")
    rows = rows.filter(at__gte=since) if since else rows
    return rows.filter(at__lt=until) if until else rows


def logged(row: GateAnswer) -> dict[str, Any]:
    """`DecisionLogged`."""
    return {
        "decision_id": str(row.id),
        "at": rfc3339(row.at),
        "asked_by": row.asked_by,
        "service": row.service,
        "environment": row.environment,
        "revision": row.revision,
        "artifact": row.artifact,
        "change": row.change or None,
        "decision": row.decision,
        "reasons": row.reasons,
        "next_allowed_at": rfc3339(row.next_allowed_at),
        "expires_at": rfc3339(row.permit_expires_at),
        "pipeline": {"url": row.pipeline_url, "run_id": row.run_id, "attempt": row.attempt},
    }
