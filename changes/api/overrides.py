"""`/overrides`, and those of a change: ask, confirm, withdraw, review."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.scopes import HasScope
from catalog.wire import asked, taken
from changes import overrides
from changes.api import examples
from changes.api.override_shapes import (
    AskedForChange,
    AskedForPlace,
    OverridesAsked,
    OverrideShown,
    OverridesShown,
    OverrideWhole,
    Reviewed,
    Withdrawn,
    shown,
    whole,
)
from changes.api.verbs import Nothing
from changes.api.view import ApiView, demand_reach, reach_of
from changes.models import Override
from changes.overrides import Asked
from changes.queries import overrides as found
from changes.queries.refs import by_ref
from ledger.idempotency import idempotent

VERBS: dict[str, tuple[Callable[..., Override], Any, str]] = {
    "confirm": (overrides.confirm, Nothing, "Agree to it as the second person: it opens."),
    "withdraw": (overrides.withdraw, Withdrawn, "Close what it opened, at once."),
    "review": (overrides.review, Reviewed, "Review it as a third person, after it has ended."),
}


class OverridesView(ApiView):
    """Reading asks changes:read, writing windows:write, and the group that the freeze names."""

    permission_classes = (HasScope("changes:read", write="windows:write"),)


class Overrides(OverridesView):
    """Overrides of freezes."""

    @extend_schema(
        operation_id="overrides_list",
        parameters=[OverridesAsked],
        responses=answers({200: OverridesShown}, *READING),
    )
    def get(self, request: Request) -> Response:
        """List overrides, newest first; `next` is the `before` of the page that follows."""
        given = asked(OverridesAsked, request.query_params)
        now = timezone.now()
        rows = found.newest(before=given.get("before"), count=given["limit"])
        following = rows[-1].pk if len(rows) == given["limit"] else None
        return Response({"results": [shown(row, now=now) for row in rows], "next": following})

    @extend_schema(
        operation_id="overrides_request",
        parameters=[IDEMPOTENCY_KEY],
        request=AskedForPlace,
        responses=answers({201: OverrideWhole}, *WRITING),
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for an override of a service in an environment, for every change there."""
        return _requested(request, taken(AskedForPlace, request.data))


class OverridesOfChange(OverridesView):
    """Overrides of freezes for one change."""

    @extend_schema(
        operation_id="changes_overrides",
        responses=answers({200: OverrideShown(many=True)}, *READING, 404),
    )
    def get(self, request: Request, ref: str) -> Response:
        """Every override there ever was of a change, newest first."""
        demand_reach(request, ref)
        now = timezone.now()
        rows = found.of_change(by_ref(ref=ref))
        return Response([shown(row, now=now) for row in rows])

    @extend_schema(
        operation_id="changes_override",
        parameters=[IDEMPOTENCY_KEY],
        request=AskedForChange,
        responses=answers({201: OverrideWhole}, *WRITING, 404),
        examples=[examples.OVERRIDE],
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Ask for an override; it opens nothing until a second person confirms it."""
        return _requested(request, taken(AskedForChange, request.data), change=ref)


class OneOverride(OverridesView):
    """One override."""

    @extend_schema(
        operation_id="overrides_read", responses=answers({200: OverrideWhole}, *READING, 404)
    )
    def get(self, request: Request, override: str) -> Response:
        """Read an override, and what you may say of it."""
        row = found.by_ref(ref=override)
        reach_of(request).demand(
            service=row.service.slug,
            team=row.service.owner_team.slug,
            environment=row.environment.slug,
            ref=row.ref,
        )
        return _answer(request, row, now=timezone.now())


def endpoint(verb: str, *, of_change: bool) -> Any:
    """The view of one verb, under a change or by itself, with its own words in the document."""
    says, words, summary = VERBS[verb]
    where = "changes_override" if of_change else "overrides"

    @extend_schema(
        operation_id=f"{where}_{verb}",
        summary=summary,
        parameters=[IDEMPOTENCY_KEY],
        request=words,
        responses=answers({200: OverrideWhole}, *WRITING, 404),
    )
    @idempotent
    def post(self: OverridesView, request: Request, override: str, ref: str = "") -> Response:
        now = timezone.now()
        if ref and found.by_ref(ref=override).subject != ref.strip().upper():
            raise found.NoSuchOverride(override)
        given = taken(words, request.data)
        row = says(ref=override, actor=actor_of(request), now=now, reach=reach_of(request), **given)
        return _answer(request, row, now=now)

    name = f"{verb.capitalize()}{'OfChange' if of_change else ''}"
    made = type(name, (OverridesView,), {"post": post, "__doc__": summary})
    return made.as_view()  # type: ignore[attr-defined]


def _requested(request: Request, given: dict[str, Any], *, change: str = "") -> Response:
    now = timezone.now()
    given["windows"] = tuple(given.get("windows", ()))
    row = overrides.request(
        Asked(change=change, **given), actor=actor_of(request), now=now, reach=reach_of(request)
    )
    return _answer(request, row, now=now, status=201)


def _answer(request: Request, row: Override, *, now: datetime, status: int = 200) -> Response:
    fresh = found.by_ref(ref=row.ref)
    said = found.decisions(fresh, actor=actor_of(request), now=now)
    return Response(whole(fresh, said, now=now), status=status)
