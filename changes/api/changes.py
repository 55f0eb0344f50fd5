"""`/changes` and `/changes/CHG-1`: list, file, read, edit."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.wire import taken
from changes import lifecycle
from changes.api import examples, filters, shown
from changes.api.editions import change_now, edition_in, tagged
from changes.api.shapes import ChangeShown, ChangesPage
from changes.api.view import ApiView, demand_reach, reach_of
from changes.api.written import ChangeFields, NewChange, with_rows
from changes.queries.lists import page
from changes.queries.whole import whole
from ledger.idempotency import idempotent

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag you read; an edit of an older edition is refused with 412.",
)


class Changes(ApiView):
    """Every change the caller's token reaches."""

    @extend_schema(
        operation_id="changes_list",
        parameters=[filters.ChangesAsked],
        responses=answers({200: ChangesPage}, *READING),
        examples=[examples.PAGE],
    )
    def get(self, request: Request) -> Response:
        """List changes, newest first; by planned start where a planned period is asked."""
        narrowed, cursor, limit = filters.read(request)
        found = page(filters=narrowed, cursor=cursor, limit=limit)
        return Response(filters.page_shown(request, found))

    @extend_schema(
        operation_id="changes_create",
        parameters=[IDEMPOTENCY_KEY],
        request=NewChange,
        responses=answers({201: ChangeShown}, *WRITING),
        examples=[examples.NEW_CHANGE, examples.CHANGE],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """File a change. It begins in planning; submit it to ask for approval."""
        fields = with_rows(taken(NewChange, request.data))
        demand_service(request, fields)
        now = timezone.now()
        change = lifecycle.create(fields=fields, actor=actor_of(request), now=now)
        response = change_now(request, change, now=now, status=201)
        response["Location"] = request.build_absolute_uri(f"/api/v1/changes/{change.ref}")
        return response


class OneChange(ApiView):
    """One change."""

    @extend_schema(
        operation_id="changes_read",
        responses=answers({200: ChangeShown, 304: None}, *READING, 404),
        examples=[examples.CHANGE],
    )
    def get(self, request: Request, ref: str) -> Response:
        """Read a change: its plan, its votes, and what you may do with it now."""
        now = timezone.now()
        found = whole(ref=ref, actor=actor_of(request), now=now)
        row = found.change
        reach_of(request).demand(
            service=row.service.slug,
            team=row.team.slug,
            environment=row.environment.slug,
            ref=row.ref,
        )
        return tagged(request, shown.change(found, now=now))

    @extend_schema(
        operation_id="changes_edit",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        request=ChangeFields,
        responses=answers({200: ChangeShown}, *WRITING, 404, 412),
        examples=[examples.EDIT, examples.CHANGE],
    )
    @idempotent
    def patch(self, request: Request, ref: str) -> Response:
        """Edit a change. A material edit takes a submitted change back to planning."""
        demand_reach(request, ref)
        edition = edition_in(request)
        fields = with_rows(taken(ChangeFields, request.data))
        demand_service(request, fields)
        now = timezone.now()
        change = lifecycle.edit(
            ref=ref, fields=fields, actor=actor_of(request), now=now, edition=edition
        )
        return change_now(request, change, now=now)


def demand_service(request: Request, fields: dict[str, Any]) -> None:
    """Raise `Refused` where the change would go to a place beyond the caller's token."""
    reach, service = reach_of(request), fields.get("service")
    if service is not None:
        reach.demand(service=service.slug, team=service.owner_team.slug)
    environment = fields.get("environment")
    if environment is not None:
        reach.demand_environment(environment.slug)
