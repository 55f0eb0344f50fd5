"""What is answered to a deployment that is reported with neither permit nor change."""

from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from changes import deployments
from changes.api.shape_parts import instant, word
from changes.api.view import reach_of
from changes.models import SeenDeployment
from ledger.decision import rfc3339


class DeploymentSeen(serializers.Serializer):
    """The deployment as it was seen; it is judged after a short grace."""

    service = word()
    environment = word()
    revision = word()
    at = instant(null=False)
    standing = serializers.ChoiceField(
        SeenDeployment.State.choices, help_text="Without leave it becomes a change of its own."
    )
    judged_at = instant("When it will be judged, while it waits.")
    change = word("The change that gave leave, or that was made of it, or null.", null=True)


def answer(request: Request, given: dict[str, Any], *, now: datetime) -> Response:
    """Keep the report, and say where the deployment stands."""
    place = {name: given[name] for name in ("service", "environment", "revision")}
    report = deployments.Report(status=given["status"], at=given.get("at", now))
    seen = deployments.see(
        report, **place, actor=actor_of(request), now=now, reach=reach_of(request)
    )
    return Response(_shown(seen, place), status=202)


def _shown(seen: SeenDeployment, place: dict[str, str]) -> dict[str, Any]:
    """`DeploymentSeen`."""
    return {
        **place,
        "at": rfc3339(seen.at),
        "standing": seen.state,
        "judged_at": rfc3339(seen.judge_at),
        "change": seen.change.ref if seen.change else None,
    }
