"""`/policies`: policy rules as YAML, out and in."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.scopes import HasScope
from catalog.wire import Strict, Text, asked, taken
from changes.api.view import ApiView, demand_whole_reach
from changes.api.window_shapes import DryRun
from changes.rulebook import exchange
from changes.rulebook.policy_file import BYTES_AT_MOST
from ledger.idempotency import idempotent


class PolicyFile(Strict):
    """Every policy rule as a YAML file."""

    yaml = Text(max_length=BYTES_AT_MOST, trim_whitespace=False)


class PolicyStep(serializers.Serializer[Any]):
    """What became of one rule; `diff` is a unified diff of its part of the file."""

    name = serializers.CharField()
    did = serializers.ChoiceField(choices=[str(did) for did in exchange.Did])
    version = serializers.IntegerField()
    diff = serializers.CharField(allow_blank=True)


class PolicySteps(serializers.Serializer[Any]):
    steps = PolicyStep(many=True)
    dry_run = serializers.BooleanField()


class Policies(ApiView):
    """Policy rules, for teams that keep them in git."""

    permission_classes = (HasScope("changes:read", write="windows:write"),)

    @extend_schema(operation_id="policies_export", responses=answers({200: PolicyFile}, *READING))
    def get(self, request: Request) -> Response:
        """Export every policy rule as one YAML file."""
        return Response({"yaml": exchange.export()})

    @extend_schema(
        operation_id="policies_import",
        parameters=[IDEMPOTENCY_KEY, DryRun],
        request=PolicyFile,
        responses=answers({200: PolicySteps}, *WRITING),
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Let the rules be as a file says: all or nothing. Only change managers may.

        Rules the file names are marked as kept in git; those so marked that it leaves out are
        deactivated. A dry run answers the same and saves nothing.
        """
        dry = asked(DryRun, request.query_params)["dry_run"] == "true"
        demand_whole_reach(request, "import policy rules", why="policy rules decide for all")
        text = taken(PolicyFile, request.data)["yaml"]
        actor, now = actor_of(request), timezone.now()
        steps = exchange.take_in(text, actor=actor, now=now, dry_run=dry)
        told = [
            {"name": one.name, "did": str(one.did), "version": one.version, "diff": one.diff}
            for one in steps
        ]
        return Response({"steps": told, "dry_run": dry})
