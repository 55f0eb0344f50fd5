"""`/services/checkout/error-budgets`: what monitoring says is left of them."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.actors import actor_of, demand_reach
from catalog.api_schema import READING, WRITING, answers
from catalog.models import Service
from catalog.scopes import HasScope
from catalog.wire import Instant, Link, Strict, Text, taken
from incidents import error_budgets
from incidents.error_budgets import Measure
from incidents.models import ErrorBudget
from ledger.decision import rfc3339

OVERSPENT_AT_MOST = -10_000


class BudgetMeasured(Strict):
    """What was measured: 100 is untouched, 0 spent, below that overspent."""

    objective = Text(max_length=200)
    remaining_percent = serializers.DecimalField(
        max_digits=7,
        decimal_places=2,
        min_value=OVERSPENT_AT_MOST,
        max_value=100,
        coerce_to_string=False,
    )
    measured_at = Instant(required=False, help_text="Now, if left out.")
    source_url = Link(required=False, allow_blank=True, default="", max_length=200)


class BudgetShown(serializers.Serializer):
    """What stands; a measure counts for 24 hours."""

    service = serializers.CharField()
    name = serializers.CharField()
    objective = serializers.CharField()
    remaining_percent = serializers.FloatField()
    measured_at = serializers.DateTimeField()
    source_url = serializers.CharField()
    reported_by = serializers.CharField()


SCOPES = (HasScope("changes:read", write="incidents:write"),)


class ErrorBudgets(APIView):
    """The budgets of a service."""

    http_method_names = ("get", "head")
    permission_classes: Any = SCOPES

    @extend_schema(
        operation_id="error_budgets_list",
        responses=answers({200: BudgetShown(many=True)}, *READING, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        """What is left of each, by name."""
        found = ErrorBudget.objects.filter(service=_service(request, slug))
        return Response([shown(row) for row in found.select_related("service", "reported_by")])


class OneBudget(APIView):
    """One budget, named by its objective."""

    http_method_names = ("put",)
    permission_classes: Any = SCOPES

    @extend_schema(
        operation_id="error_budgets_report",
        request=BudgetMeasured,
        responses=answers({200: BudgetShown}, *WRITING, 404),
        examples=[
            OpenApiExample(
                "Nearly spent",
                value={
                    "objective": "99.9 % of payments succeed over 28 days",
                    "remaining_percent": 3.5,
                },
                request_only=True,
            )
        ],
    )
    def put(self, request: Request, slug: str, name: str) -> Response:
        """Report a measure. One that is older than what stands changes nothing."""
        service, now = _service(request, slug), timezone.now()
        given = taken(BudgetMeasured, request.data)
        measure = Measure(name=name, **{"measured_at": now, **given})
        row = error_budgets.report(measure, service=service, actor=actor_of(request), now=now)
        return Response(shown(row))


def _service(request: Request, slug: str) -> Service:
    service = Service.objects.select_related("owner_team").filter(slug=slug).first()
    if service is None:
        raise Http404(f"There is no service “{slug}”.")
    demand_reach(request, service=service)
    return service


def shown(row: ErrorBudget) -> dict[str, Any]:
    """`BudgetShown`."""
    return {
        "service": row.service.slug,
        "name": row.name,
        "objective": row.objective,
        "remaining_percent": float(row.remaining_percent),
        "measured_at": rfc3339(row.measured_at),
        "source_url": row.source_url,
        "reported_by": row.reported_by.username,
    }
