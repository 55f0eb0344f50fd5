"""`GET /audit/approvals`: what approvals were worth."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import READING, answers
from catalog.scopes import HasScope
from catalog.wire import OfPeriod, asked
from changes.api.shape_parts import word
from changes.api.view import ApiView, demand_whole_reach
from changes.audit import approval_value
from changes.models.rule import AuthorityWord
from changes.queries.approval_value import Value
from ledger.decision import rfc3339


class PeriodAsked(OfPeriod):
    """Which votes: by when they were cast."""


class ValueShown(serializers.Serializer):
    """What one rule's approvals were worth; a vote counts for each rule its voter spoke for."""

    rule = word()
    authority = serializers.ChoiceField(AuthorityWord.choices)
    group = word("Of a named group: which; else empty.")
    decisions = serializers.IntegerField(help_text="Votes cast in the period.")
    approvals = serializers.IntegerField()
    rejections = serializers.IntegerField()
    abstentions = serializers.IntegerField()
    changes = serializers.IntegerField(help_text="How many changes they were cast on.")
    median_wait_seconds = serializers.IntegerField(
        allow_null=True, help_text="From being asked to the vote."
    )
    edits_provoked = serializers.IntegerField(
        help_text="Versions of plans written after its first vote and before the approval."
    )
    closed = serializers.IntegerField(help_text="Changes it approved that are closed.")
    failed_later = serializers.IntegerField(help_text="Of these, failed or rolled back.")


class ValuesShown(serializers.Serializer):
    """The period, and every rule that got a vote in it."""

    period = serializers.DictField()
    rules = ValueShown(many=True)


class ApprovalValue(ApiView):
    """What approvals were worth."""

    permission_classes = (HasScope("changes:read"),)

    @extend_schema(
        operation_id="audit_approvals",
        parameters=[PeriodAsked],
        responses=answers({200: ValuesShown}, *READING),
    )
    def get(self, request: Request) -> Response:
        """Read what approvals were worth, rule by rule. Only auditors and change managers."""
        given = asked(PeriodAsked, request.query_params)
        since, until = given["from"], given["to"]
        demand_whole_reach(request, "read", why="this report counts them all")
        found = approval_value.read(since=since, until=until, reader=actor_of(request))
        period = {"from": rfc3339(since), "to": rfc3339(until)}
        return Response({"period": period, "rules": [_shown(one) for one in found]})


def _shown(value: Value) -> dict[str, Any]:
    """`ValueShown`."""
    return {
        "rule": value.rule,
        "authority": value.authority,
        "group": value.group,
        "decisions": value.decisions,
        "approvals": value.approvals,
        "rejections": value.rejections,
        "abstentions": value.abstentions,
        "changes": value.changes,
        "median_wait_seconds": None if value.wait is None else round(value.wait.total_seconds()),
        "edits_provoked": value.edits,
        "closed": value.closed,
        "failed_later": value.failures,
    }
