"""`POST /deployments`: what CI did, and how it ended."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, WRITING, answers
from catalog.scopes import HasScope
from catalog.wire import Instant, Strict, Text, Word, taken
from changes import deployments
from changes.api import gate_examples
from changes.api.shapes import instant, word
from changes.api.view import ApiView, reach_of
from changes.models import Deployment
from changes.models.choices import StateWord
from changes.queries import NoSuchChange, by_ref
from ledger.decision import rfc3339
from ledger.idempotency import idempotent


class DeploymentReport(Strict):
    """What happened. Name the change by the gate's permit, or by its ref."""

    permit = Text(required=False, allow_blank=True, default="", max_length=4000)
    change = Text(required=False, allow_blank=True, default="", max_length=24)
    status = Word(Deployment.Status.choices)
    at = Instant(required=False, help_text="Now, if left out.")
    detail = Text(required=False, allow_blank=True, default="", max_length=20_000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of permit and change."""
        if bool(attrs["permit"]) == bool(attrs["change"]):
            raise ValidationError(
                {"permit": ["Give the gate's permit or the change, one of them."]}
            )
        return attrs


class DeploymentShown(serializers.Serializer):
    """The report as it was kept, and where the change stands now."""

    change = word()
    state = serializers.ChoiceField(StateWord.choices)
    status = serializers.ChoiceField(Deployment.Status.choices)
    permit_id = word("The gate's decision id, or null.", null=True)
    at = instant(null=False)
    detail = word()
    reported_by = word()
    reported_at = instant(null=False)


class Deployments(ApiView):
    """Deployments as CI reports them."""

    permission_classes = (HasScope("gate"),)

    @extend_schema(
        operation_id="deployments_report",
        parameters=[IDEMPOTENCY_KEY],
        request=DeploymentReport,
        responses=answers({201: DeploymentShown}, *WRITING),
        examples=[gate_examples.DEPLOYMENT],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Report a deployment. It moves the change: started starts it, succeeded finishes it."""
        given, now = taken(DeploymentReport, request.data), timezone.now()
        report = deployments.Report(**{"at": now, **given})
        try:
            kept = deployments.report(
                report, actor=actor_of(request), now=now, reach=reach_of(request)
            )
        except NoSuchChange as problem:
            raise ValidationError({"change": [str(problem)]}) from None
        return Response(shown(kept), status=201)


def shown(kept: Deployment) -> dict[str, Any]:
    """`DeploymentShown`."""
    change = by_ref(ref=f"CHG-{kept.change_id}")
    return {
        "change": change.ref,
        "state": change.state,
        "status": kept.status,
        "permit_id": kept.permit_id or None,
        "at": rfc3339(kept.at),
        "detail": kept.detail,
        "reported_by": kept.reported_by.username,
        "reported_at": rfc3339(kept.reported_at),
    }
