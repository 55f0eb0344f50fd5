"""`/feeds`: one's own calendar feeds."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import READING, WRITING, answers
from catalog.scopes import HasScope
from catalog.wire import Strict, Text, taken
from changes import feeds
from changes.api.gate_shapes import SLUG
from changes.api.shapes import instant, word
from changes.api.view import ApiView, demand_whole_reach
from changes.models import Feed
from ledger.decision import rfc3339


class FeedAsked(Strict):
    """What a new feed is called, and what it is narrowed to; everything, if nothing is named."""

    name = Text(max_length=80, help_text="Where it is read: “My phone”, “Team wall”.")
    team = Text(required=False, default="", allow_blank=True, max_length=50, help_text="Slug.")
    service = Text(required=False, default="", allow_blank=True, max_length=SLUG)
    environment = Text(required=False, default="", allow_blank=True, max_length=50)


class FeedShown(serializers.Serializer):
    """A feed; `prefix` is how its address begins, to recognise it by."""

    id = serializers.IntegerField()
    name = word()
    prefix = word()
    team = word()
    service = word()
    environment = word()
    created_at = instant(null=False)
    last_used_at = instant()
    revoked_at = instant()


class FeedMade(FeedShown):
    """A new feed with its address, which is told this once."""

    address = word("What a calendar client subscribes to. Whoever has it reads the calendar.")


class Feeds(ApiView):
    """Calendar feeds of whoever asks."""

    permission_classes = (HasScope("changes:read", write="changes:write"),)

    @extend_schema(
        operation_id="feeds_list", responses=answers({200: FeedShown(many=True)}, *READING)
    )
    def get(self, request: Request) -> Response:
        """List one's own feeds that are not revoked, the newest first."""
        rows = Feed.objects.filter(owner=actor_of(request), revoked_at__isnull=True)
        return Response([shown(row) for row in rows])

    @extend_schema(
        operation_id="feeds_create",
        request=FeedAsked,
        responses=answers({201: FeedMade}, *WRITING),
    )
    def post(self, request: Request) -> Response:
        """Make a feed for oneself. Takes no Idempotency-Key: the address is kept nowhere."""
        demand_whole_reach(
            request,
            "issue feed",
            why="a feed would show more",
            remedy="Use a token without limits, or make the feed on its page.",
        )
        given = taken(FeedAsked, request.data)
        made, secret = feeds.issue(owner=actor_of(request), now=timezone.now(), **given)
        address = request.build_absolute_uri(reverse("feed", args=[secret]))
        answer = Response({**shown(made), "address": address}, status=201)
        answer["Cache-Control"] = "no-store"
        return answer


class OneFeed(ApiView):
    """One of one's own calendar feeds."""

    permission_classes = (HasScope("changes:write"),)

    @extend_schema(
        operation_id="feeds_revoke",
        request=None,
        responses=answers({200: FeedShown}, *WRITING, 404),
    )
    def delete(self, request: Request, feed: int) -> Response:
        """Revoke a feed: its address opens nothing any more."""
        try:
            row = feeds.revoke(feed_id=feed, actor=actor_of(request), now=timezone.now())
        except feeds.NoSuchFeed as problem:
            raise Http404(str(problem)) from None
        return Response(shown(row))


def shown(row: Feed) -> dict[str, Any]:
    """`FeedShown`."""
    return {
        "id": row.pk,
        "name": row.name,
        "prefix": row.prefix,
        "team": row.team,
        "service": row.service,
        "environment": row.environment,
        "created_at": rfc3339(row.created_at),
        "last_used_at": rfc3339(row.last_used_at),
        "revoked_at": rfc3339(row.revoked_at),
    }
