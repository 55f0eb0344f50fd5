"""`GET /audit/coverage`: how much of what is deployed had leave."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api_schema import READING, answers
from catalog.scopes import HasScope
from catalog.wire import OfPeriod, Text, asked
from changes.api.shape_parts import word
from changes.api.view import ApiView, demand_whole_reach
from changes.audit import coverage
from changes.queries.coverage import ROWS_AT_MOST, Counted
from ledger.decision import rfc3339


class CoverageAsked(OfPeriod):
    """Which deployments: by when they happened."""

    team = Text(required=False, max_length=80, default="", help_text="Slug.")


class Deployed(serializers.Serializer):
    """Deployments that were seen, each once whoever told of it."""

    seen = serializers.IntegerField()
    by_permit = serializers.IntegerField(help_text="A permit was used up for it.")
    by_change = serializers.IntegerField(help_text="A change was being implemented there then.")
    unauthorised = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="Not judged yet, and in no share.")
    percent = serializers.FloatField(
        allow_null=True,
        help_text="The share that had leave, rounded down; null where nothing was judged.",
    )


class DeployedOfService(Deployed):
    service = word()
    team = word("The team that owns it.")


class DeployedOfTeam(Deployed):
    team = word()


class DeployedInWeek(Deployed):
    week = serializers.DateField(help_text="Its Monday.")


class CoverageShown(serializers.Serializer):
    """How much of a period's deployments had leave."""

    period = serializers.DictField()
    total = Deployed()
    services = DeployedOfService(
        many=True,
        help_text=f"The most unauthorised first, at most {ROWS_AT_MOST:,}. Those of which nothing "
        "was seen are here too, with no share.",
    )
    has_more = serializers.BooleanField(help_text="Whether there are more services.")
    services_without_reports = serializers.IntegerField()
    unmapped = serializers.IntegerField(
        help_text="Deployments at places that nobody has mapped to a service."
    )
    teams = DeployedOfTeam(many=True)
    weeks = DeployedInWeek(many=True)


class CoverageOfPeriod(ApiView):
    """How much of what is deployed had leave."""

    permission_classes = (HasScope("changes:read"),)

    @extend_schema(
        operation_id="audit_coverage",
        parameters=[CoverageAsked],
        responses=answers({200: CoverageShown}, *READING),
    )
    def get(self, request: Request) -> Response:
        """Read how many deployments had a permit, a running change, or no leave, by service."""
        given = asked(CoverageAsked, request.query_params)
        demand_whole_reach(request, "read", why="this report counts them all")
        since, until = given["from"], given["to"]
        found = coverage.read(since=since, until=until, team=given["team"])
        return Response(
            {
                "period": {"from": rfc3339(since), "to": rfc3339(until)},
                "total": _shown(found.total),
                "services": [
                    {"service": one.service, "team": one.team, **_shown(one.counted)}
                    for one in found.services
                ],
                "has_more": found.full,
                "services_without_reports": found.quiet,
                "unmapped": found.unmapped,
                "teams": [{"team": team, **_shown(one)} for team, one in found.teams.items()],
                "weeks": [{"week": f"{week}", **_shown(one)} for week, one in found.weeks.items()],
            }
        )


def _shown(counted: Counted) -> dict[str, Any]:
    """`Deployed`."""
    return {
        "seen": counted.seen,
        "by_permit": counted.by_permit,
        "by_change": counted.by_change,
        "unauthorised": counted.unauthorised,
        "waiting": counted.waiting,
        "percent": counted.percent,
    }
