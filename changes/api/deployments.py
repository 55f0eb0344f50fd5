"""`POST /deployments`: what CI did, and how it ended."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, WRITING, answers
from catalog.models import User
from catalog.scopes import HasScope
from catalog.wire import Instant, Number, Strict, Text, Word, taken
from changes import deployments
from changes.api import gate_examples, rollout_shapes, seen
from changes.api.check_shapes import CheckReport
from changes.api.rollout_shapes import StepShown
from changes.api.shapes import instant, word
from changes.api.view import ApiView, reach_of
from changes.models import Deployment
from changes.models.choices import StateWord
from changes.queries import NoSuchChange, by_ref
from changes.queries.rollouts import rollout_of
from ledger.decision import rfc3339
from ledger.idempotency import idempotent

LEFT_OUT: dict[str, Any] = {"required": False, "allow_blank": True, "default": ""}
NAMED = (
    "What is deployed; where the permit, or the plan, is for another, the report is refused. Named "
    "where there is neither permit nor change."
)
CHECKS = 50


class DeploymentReport(Strict):
    """What happened. Name the change by the gate's permit, or by its ref.

    Where there is neither, name service, environment and revision.
    """

    permit = Text(required=False, allow_blank=True, default="", max_length=4000)
    change = Text(required=False, allow_blank=True, default="", max_length=24)
    status = Word(Deployment.Status.choices)
    percent = Number(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=100,
        help_text="Of a step of a canary: how far it goes.",
    )
    at = Instant(required=False, help_text="Now, if left out.")
    detail = Text(required=False, allow_blank=True, default="", max_length=20_000)
    service = Text(**LEFT_OUT, max_length=80, help_text=NAMED)
    environment = Text(**LEFT_OUT, max_length=50, help_text=NAMED)
    revision = Text(**LEFT_OUT, max_length=120, help_text=NAMED)
    artifact = Text(**LEFT_OUT, max_length=300, help_text=NAMED)
    checks = serializers.ListField(
        child=CheckReport(),
        required=False,
        default=list,
        max_length=CHECKS,
        help_text="Validation checks of the change, reported along.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of permit, change, and service with environment; and how far a step goes."""
        named = bool(attrs["permit"]) + bool(attrs["change"])
        if named != 1 and (named or not (attrs["service"] and attrs["environment"])):
            raise ValidationError(
                {
                    "permit": [
                        "Give the gate's permit or the change, one of them; or, where there is "
                        "neither, the service and the environment."
                    ]
                }
            )
        if attrs["status"] == Deployment.Status.STEP and attrs.get("percent") is None:
            raise ValidationError({"percent": ["Say how far the step goes, such as 25."]})
        return attrs


class DeploymentShown(serializers.Serializer):
    """The report as it was kept, and where the change stands now."""

    change = word()
    state = serializers.ChoiceField(StateWord.choices)
    status = serializers.ChoiceField(Deployment.Status.choices)
    percent = serializers.IntegerField(allow_null=True, help_text="Of a step of a canary.")
    permit_id = word("The gate's decision id, or null.", null=True)
    at = instant(null=False)
    detail = word()
    reported_by = word()
    reported_at = instant(null=False)
    step = StepShown(
        allow_null=True, help_text="Of a canary that runs: where it stands, and what comes next."
    )


class Deployments(ApiView):
    """Deployments as CI reports them."""

    permission_classes = (HasScope("gate"),)

    @extend_schema(
        operation_id="deployments_report",
        parameters=[IDEMPOTENCY_KEY],
        request=DeploymentReport,
        responses=answers(
            {201: DeploymentShown, 200: DeploymentShown, 202: seen.DeploymentSeen}, *WRITING
        ),
        examples=[gate_examples.DEPLOYMENT, gate_examples.STEP],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Report a deployment. It moves the change: started starts it, succeeded finishes it.

        A canary reports each step, and takes the next when `step.verdict` is proceed; a step that
        was reported before answers 200. With neither permit nor change, it answers 202: what was
        deployed is kept, and becomes a change of its own where there was no leave for it.

        A permit starts one deployment: whoever shows it again is refused with `permit_used`. How
        it ended may be reported again; the second time nothing is written, and the answer is 200.
        """
        given, now = taken(DeploymentReport, request.data), timezone.now()
        if not given["permit"] and not given["change"]:
            return seen.answer(request, given, now=now)
        report = deployments.Report(**{"at": now, **given, "checks": tuple(given["checks"])})
        try:
            kept = deployments.report(
                report, actor=actor_of(request), now=now, reach=reach_of(request)
            )
        except NoSuchChange as problem:
            raise ValidationError({"change": [str(problem)]}) from None
        status = 201 if kept.reported_at == now else 200
        return Response(shown(kept, actor=actor_of(request), now=now), status=status)


def shown(kept: Deployment, *, actor: User, now: datetime) -> dict[str, Any]:
    """`DeploymentShown`."""
    change = by_ref(ref=f"CHG-{kept.change_id}")
    runs = change.state == StateWord.IMPLEMENTING and change.canary_steps
    found = rollout_of(change, actor=actor, now=now) if runs else None
    return {
        "change": change.ref,
        "state": change.state,
        "status": kept.status,
        "percent": kept.percent,
        "permit_id": kept.permit_id or None,
        "at": rfc3339(kept.at),
        "detail": kept.detail,
        "reported_by": kept.reported_by.username,
        "reported_at": rfc3339(kept.reported_at),
        "step": rollout_shapes.step(found) if found else None,
    }
