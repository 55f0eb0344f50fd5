"""`GET /slots`: where a change would fit best."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import READING, answers
from catalog.scopes import HasScope
from catalog.wire import Instant, Strict, Text, Word, asked
from changes.api.gate_shapes import REF, SLUG
from changes.api.shapes import instant, word
from changes.api.view import ApiView, reach_of
from changes.api.window_shapes import Length
from changes.models.choices import Category, KindWord, RiskWord
from changes.policies.reasons import spell
from changes.policies.slots import Slot
from changes.queries import NoSuchChange
from changes.queries.slots import FARTHEST, LONGEST, SHORTEST, Sought, slots
from changes.windows import Interval
from ledger.decision import rfc3339

AHEAD = timedelta(days=14)


class SlotsAsked(Strict):
    """What is to be planned, and where to look; a change says its own kind, category and risk."""

    service = Text(max_length=SLUG)
    environment = Text(max_length=SLUG)
    duration = Length(help_text="PT1H: how long it takes.")
    kind = Word(KindWord.choices, required=False, default=KindWord.NORMAL.value)
    category = Word(Category.choices, required=False)
    risk = Word(RiskWord.choices, required=False, default=RiskWord.LOW.value)
    change = Text(required=False, default="", max_length=REF)
    limit = serializers.IntegerField(required=False, default=5, min_value=1, max_value=20)

    def get_fields(self) -> dict[str, Any]:
        since = Instant(required=False, help_text="Now, if left out.")
        until = Instant(required=False, help_text="Two weeks later, if left out; 90 days at most.")
        return {**super().get_fields(), "from": since, "until": until}


class AddendShown(serializers.Serializer):
    """One addend of a slot's score, which begins with 50."""

    name = word()
    points = serializers.IntegerField()
    why = word()


class SlotShown(serializers.Serializer):
    """A free period, and what it scores."""

    starts_at = instant(null=False)
    ends_at = instant(null=False)
    score = serializers.IntegerField(help_text="0 to 100.")
    factors = AddendShown(many=True)


class SlotsShown(serializers.Serializer):
    """The best slots first; where there is none `says` tells what takes the time."""

    slots = SlotShown(many=True)
    says = word()


class Slots(ApiView):
    """Where a change would fit."""

    permission_classes = (HasScope("changes:read"),)

    @extend_schema(
        operation_id="slots_list",
        parameters=[SlotsAsked],
        responses=answers({200: SlotsShown}, *READING),
    )
    def get(self, request: Request) -> Response:
        """Find the best free periods: no freeze, maintenance where it must be, no conflict."""
        given = asked(SlotsAsked, request.query_params)
        now = timezone.now()
        since = given.pop("from", None) or now
        until = given.pop("until", None) or since + AHEAD
        count = given.pop("limit")
        sought = Sought(within=Interval(max(since, now), until), **given)
        _check(sought)
        try:
            found = slots(
                sought,
                count=count,
                actor=actor_of(request),
                now=now,
                reach=reach_of(request),
            )
        except NoSuchChange as problem:
            raise ValidationError({"change": [str(problem)]}) from None
        return Response({"slots": [slot_shown(one) for one in found.slots], "says": found.says})


def slot_shown(slot: Slot) -> dict[str, Any]:
    """`SlotShown`."""
    return {
        "starts_at": rfc3339(slot.period.starts_at),
        "ends_at": rfc3339(slot.period.ends_at),
        "score": slot.score,
        "factors": [
            {"name": one.name, "points": one.points, "why": one.why} for one in slot.factors
        ],
    }


def _check(sought: Sought) -> None:
    """Raise `ValidationError` for a search that would find nothing, or never end."""
    wrong = {}
    if not SHORTEST <= sought.duration <= LONGEST:
        wrong["duration"] = f"Give a length from {spell(SHORTEST)} to {spell(LONGEST)}."
    if sought.within.ends_at <= sought.within.starts_at:
        wrong["until"] = "It must come after from, and lie ahead."
    elif sought.within.ends_at - sought.within.starts_at > FARTHEST:
        wrong["until"] = f"Search at most {FARTHEST.days} days at once."
    if wrong:
        raise ValidationError(wrong)
