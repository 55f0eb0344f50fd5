"""`POST /changes/CHG-1/checks/run`: a check that Tidegate runs itself, once more."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, WRITING, answers
from catalog.wire import taken
from changes import lifecycle
from changes.api import check_shapes
from changes.api.check_shapes import CheckNamed, CheckRunShown
from changes.api.view import ApiView, demand_reach
from changes.policies.work_facts import CheckRunFacts
from ledger.idempotency import idempotent


class CheckRuns(ApiView):
    """Runs of checks on a change."""

    @extend_schema(
        operation_id="changes_check_run",
        parameters=[IDEMPOTENCY_KEY],
        request=CheckNamed,
        responses=answers({201: CheckRunShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Run a check again that rules ask for and that Tidegate runs."""
        demand_reach(request, ref)
        name = taken(CheckNamed, request.data)["name"]
        run = lifecycle.run_check(ref=ref, name=name, actor=actor_of(request), now=timezone.now())
        return Response(check_shapes.one(CheckRunFacts(run.name, run.soak)), status=201)
