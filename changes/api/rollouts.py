"""`GET /changes/CHG-1/rollout`: where a canary stands, and whether its next step may begin."""

import json
from hashlib import sha256
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import READING, answers
from catalog.scopes import HasScope
from changes.api import rollout_shapes
from changes.api.rollout_shapes import RolloutShown
from changes.api.view import ApiView, demand_reach
from changes.queries import by_ref
from changes.queries.rollouts import rollout_of

IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The ETag you were given."
)


class Rollouts(ApiView):
    """The rollout of a change in steps."""

    permission_classes = (HasScope("gate"),)

    @extend_schema(
        operation_id="changes_rollout",
        parameters=[IF_NONE_MATCH],
        responses={**answers({200: RolloutShown}, *READING, 404), 304: None},
    )
    def get(self, request: Request, ref: str) -> Response:
        """Where the canary stands. Poll it after `retry_after_seconds`, with If-None-Match."""
        demand_reach(request, ref)
        found = rollout_of(by_ref(ref=ref), actor=actor_of(request), now=timezone.now())
        return _tagged(request, rollout_shapes.rollout(found))


def _tagged(request: Request, body: dict[str, Any]) -> Response:
    """The answer with its ETag, which when to ask again is no part of; 304 where it is known."""
    lasting = {**body, "step": {**body["step"], "retry_after_seconds": None}}
    tag = f'"{sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if (seconds := body["step"]["retry_after_seconds"]) is not None:
        headers["Retry-After"] = str(seconds)
    if tag in request.headers.get("If-None-Match", ""):
        return Response(status=304, headers=headers)
    return Response(body, headers=headers)
