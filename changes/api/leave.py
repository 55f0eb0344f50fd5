"""`/absences` and `/delegations`: who is away, and who votes for whom."""

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.wire import Instant, Strict, Text, asked, taken
from changes import leave
from changes.api.shape_parts import instant, word
from changes.api.verbs import Nothing
from changes.api.view import ApiView
from changes.models import Absence, Delegation
from changes.queries import leave as rows
from ledger.decision import rfc3339
from ledger.idempotency import idempotent

NAME, NOTE = 150, 200


class LeaveAsked(Strict):
    person = Text(required=False, default="", max_length=NAME, help_text="Only theirs.")
    before = serializers.IntegerField(
        required=False, min_value=1, max_value=2**53, help_text="From `next`."
    )
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=100)


class _Period(Strict):
    starts_at = Instant(required=False, allow_null=True, help_text="At once, if left out.")
    ends_at = Instant()
    note = Text(required=False, allow_blank=True, default="", max_length=NOTE)


class AbsenceWanted(_Period):
    """When somebody is on leave."""

    person = Text(required=False, max_length=NAME, help_text="Yourself, if left out.")


class DelegationWanted(_Period):
    """Who votes for whom."""

    delegator = Text(required=False, max_length=NAME, help_text="Yourself, if left out.")
    delegate = Text(max_length=NAME)


class _LeaveShown(serializers.Serializer[Any]):
    ref = word()
    starts_at = instant(null=False)
    ends_at = instant("When it ended, where it was ended early.", null=False)
    note = word()
    made_by = word()
    made_at = instant(null=False)
    ended_by = word(null=True)
    ended_at = instant()


class AbsenceShown(_LeaveShown):
    """Somebody is on leave: they do not vote, and are not counted on."""

    person = word()


class DelegationShown(_LeaveShown):
    """`delegate` votes for `delegator`, with the authority they hold."""

    delegator = word()
    delegate = word()


class AbsencesShown(serializers.Serializer[Any]):
    results = AbsenceShown(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="The `before` of what follows.")


class DelegationsShown(serializers.Serializer[Any]):
    results = DelegationShown(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="The `before` of what follows.")


class Absences(ApiView):
    """Absences."""

    @extend_schema(
        operation_id="absences_list",
        parameters=[LeaveAsked],
        responses=answers({200: AbsencesShown}, *READING),
    )
    def get(self, request: Request) -> Response:
        """List absences, newest first."""
        return _listed(request, rows.every_absence())

    @extend_schema(
        operation_id="absences_create",
        parameters=[IDEMPOTENCY_KEY],
        request=AbsenceWanted,
        responses=answers({201: AbsenceShown}, *WRITING),
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Say that you are on leave, or, as a change manager, that somebody else is."""
        actor = actor_of(request)
        given = {"person": actor.username, **taken(AbsenceWanted, request.data)}
        return Response(shown(leave.go(actor=actor, now=timezone.now(), **given)), status=201)


class Delegations(ApiView):
    """Delegations."""

    @extend_schema(
        operation_id="delegations_list",
        parameters=[LeaveAsked],
        responses=answers({200: DelegationsShown}, *READING),
    )
    def get(self, request: Request) -> Response:
        """List delegations, newest first."""
        return _listed(request, rows.every_delegation())

    @extend_schema(
        operation_id="delegations_create",
        parameters=[IDEMPOTENCY_KEY],
        request=DelegationWanted,
        responses=answers({201: DelegationShown}, *WRITING),
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Let somebody vote for you, or, as a change manager, for somebody else."""
        actor = actor_of(request)
        given = {"delegator": actor.username, **taken(DelegationWanted, request.data)}
        row = leave.delegate(actor=actor, now=timezone.now(), **given)
        return Response(shown(row), status=201)


def ending(kind: str, shape: Any) -> Callable[..., Any]:
    """The view that ends an absence or a delegation."""

    @extend_schema(
        operation_id=f"{kind}s_end",
        parameters=[IDEMPOTENCY_KEY],
        request=Nothing,
        responses=answers({200: shape}, *WRITING, 404),
    )
    @idempotent
    def post(self: ApiView, request: Request, ref: str) -> Response:
        """End it now; one that has not begun never holds."""
        taken(Nothing, request.data)
        try:
            if not ref.upper().startswith(f"{kind.upper()}-"):
                raise leave.NoSuchLeave(ref)
            row = leave.end(ref=ref, actor=actor_of(request), now=timezone.now())
        except leave.NoSuchLeave as missing:
            raise Http404(str(missing)) from None
        return Response(shown(row))

    made = type(f"End{kind.capitalize()}", (ApiView,), {"post": post, "__doc__": post.__doc__})
    return made.as_view()  # type: ignore[attr-defined]


def _listed(request: Request, found: Any) -> Response:
    given = asked(LeaveAsked, request.query_params)
    if given["person"]:
        found = rows.of_person(found, given["person"])
    if given.get("before"):
        found = found.filter(pk__lt=given["before"])
    page = list(found.order_by("-pk")[: given["limit"]])
    following = page[-1].pk if len(page) == given["limit"] else None
    return Response({"results": [shown(row) for row in page], "next": following})


def shown(row: Absence | Delegation) -> dict[str, Any]:
    """`AbsenceShown` or `DelegationShown`."""
    people = (
        {"person": row.person.username}
        if isinstance(row, Absence)
        else {"delegator": row.delegator.username, "delegate": row.delegate.username}
    )
    return {
        "ref": row.ref,
        **people,
        "starts_at": rfc3339(row.starts_at),
        "ends_at": rfc3339(row.ends_at),
        "note": row.note,
        "made_by": row.made_by.username,
        "made_at": rfc3339(row.made_at),
        "ended_by": row.ended_by.username if row.ended_by else None,
        "ended_at": rfc3339(row.ended_at),
    }
