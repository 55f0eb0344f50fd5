"""`GET /audit/access`: who could deploy what."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import READING, answers
from catalog.scopes import HasScope
from catalog.wire import Strict, Text, asked
from changes.api.filters import address
from changes.api.shape_parts import instant, word
from changes.api.view import ApiView, demand_whole_reach
from changes.audit import access
from changes.queries.access import PERSON, RULE, TOKEN, Access, Narrowed
from ledger.decision import rfc3339

REFS = {TOKEN: "token", RULE: "trustrule", PERSON: "user"}


class AccessAsked(Strict):
    """`token` and `rule` are numbers, as in `token:7`."""

    service = Text(required=False, max_length=80)
    team = Text(required=False, max_length=50)
    environment = Text(required=False, max_length=50)
    person = Text(required=False, max_length=150, help_text="A username, of a robot too.")
    token = serializers.IntegerField(required=False, min_value=1, max_value=access.LONGEST_NUMBER)
    rule = serializers.IntegerField(required=False, min_value=1, max_value=access.LONGEST_NUMBER)
    cursor = Text(required=False, max_length=80, help_text="From `next`.")
    limit = serializers.IntegerField(required=False, default=25, min_value=1, max_value=100)


class WayShown(serializers.Serializer):
    """One way to deploy a service."""

    kind = serializers.ChoiceField([TOKEN, RULE, PERSON])
    ref = word("`token:7`, `trustrule:3`, `user:12`.")
    name = word()
    acts_as = word("A username.")
    why = word()
    environments = serializers.ListField(child=word())
    expires_at = instant()
    last_used_at = instant()
    flags = serializers.ListField(child=word(), help_text="What should be looked at twice.")


class DeployableShown(serializers.Serializer):
    """A service, and who could deploy it."""

    service = word()
    team = word()
    access = WayShown(many=True)


class AccessPage(serializers.Serializer):
    """One page, by service; `next` is an address, or null at the end."""

    next = serializers.URLField(allow_null=True)
    results = DeployableShown(many=True)


class WhoCouldDeploy(ApiView):
    """Who could deploy what."""

    permission_classes = (HasScope("changes:read"),)

    @extend_schema(
        operation_id="audit_access",
        parameters=[AccessAsked],
        responses=answers({200: AccessPage}, *READING),
    )
    def get(self, request: Request) -> Response:
        """Read which tokens, rules and people could deploy which service, and why.

        Only auditors and change managers. Whoever a change names as implementer or author may start
        that change too, and is not listed.
        """
        given: dict[str, Any] = asked(AccessAsked, request.query_params)
        demand_whole_reach(request, "read", why="this report is about all")
        after, limit = given.pop("cursor", ""), given.pop("limit")
        found = access.read(
            Narrowed(**given),
            reader=actor_of(request),
            now=timezone.now(),
            after=after,
            limit=limit,
        )
        rows = [
            {"service": row.service, "team": row.team, "access": [_shown(way) for way in row.ways]}
            for row in found.rows
        ]
        return Response({"next": address(request, found.after or None), "results": rows})


def _shown(way: Access) -> dict[str, Any]:
    """`WayShown`."""
    return {
        "kind": way.kind,
        "ref": f"{REFS[way.kind]}:{way.number}",
        "name": way.name,
        "acts_as": way.acts_as,
        "why": way.why,
        "environments": list(way.environments),
        "expires_at": rfc3339(way.expires_at),
        "last_used_at": rfc3339(way.last_used_at),
        "flags": list(way.flags),
    }
