"""`POST /changes/CHG-1/<verb>`: the lifecycle, votes, checks; and the timeline."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.models import ApiToken
from catalog.wire import Strict, Text, Word, asked, taken
from changes import approvals, lifecycle
from changes.api import examples, shown
from changes.api.approval_shapes import VoteShown
from changes.api.check_shapes import CheckReport
from changes.api.editions import change_now
from changes.api.shapes import ChangeShown, CheckShown, EventShown
from changes.api.view import ApiView, demand_reach
from changes.api.written import LONG
from changes.models import Change
from changes.models.choices import OutcomeWord
from changes.models.vote import Vote
from changes.queries import NoSuchChange
from changes.queries.refs import number_of
from ledger import confirming, timeline
from ledger.idempotency import idempotent

EVENTS_AT_ONCE = 200
EVENTS_AT_MOST = 1000


class Nothing(Strict):
    """The verb needs no words; the body may be left out."""


class NoteWords(Strict):
    note = Text(required=False, allow_blank=True, max_length=LONG)


class NoteDemanded(Strict):
    note = Text(max_length=LONG, help_text="What was rolled back, and why.")


class ReasonDemanded(Strict):
    reason = Text(max_length=LONG)


class ReviewWords(Strict):
    text = Text(max_length=LONG, help_text="What happened, why, and what will be different.")


class ClosingWords(Strict):
    outcome = Word(OutcomeWord.choices)
    note = Text(max_length=LONG, help_text="How it went, in a sentence.")


class Ballot(Strict):
    decision = Word(Vote.Word.choices)
    comment = Text(
        required=False,
        allow_blank=True,
        default="",
        max_length=LONG,
        help_text="Rejecting asks it.",
    )
    plan_digest = Text(
        required=False,
        max_length=64,
        help_text="The plan you read; a vote on one that was edited since is refused with 412.",
    )


class EventsAsked(Strict):
    after = serializers.IntegerField(
        required=False, default=0, min_value=0, max_value=2**31 - 1, help_text="A position."
    )
    limit = serializers.IntegerField(
        required=False, default=EVENTS_AT_ONCE, min_value=1, max_value=EVENTS_AT_MOST
    )


class SaidVerb(ApiView):
    """A verb said of a change; made for each verb by `endpoint`."""

    says: ClassVar[Callable[..., Change]]
    words: ClassVar[type[Strict]]

    def say(self, request: Request, ref: str) -> Response:
        """Read the words, say the verb, show the change."""
        demand_reach(request, ref)
        now = timezone.now()
        given = taken(self.words, request.data)
        change = type(self).says(ref=ref, actor=actor_of(request), now=now, **given)
        return change_now(request, change, now=now)


VERBS: dict[str, tuple[Callable[..., Change], type[Strict], str]] = {
    "submit": (lifecycle.submit, Nothing, "Ask for approval of the plan as it stands."),
    "revise": (lifecycle.revise, NoteWords, "Take it back to planning; its votes lapse."),
    "start": (lifecycle.start, Nothing, "Begin implementing."),
    "break_glass": (
        lifecycle.break_glass,
        ReasonDemanded,
        "Start an emergency change before its vote; votes are due within 24 hours.",
    ),
    "retry": (lifecycle.retry, Nothing, "Implement again what was deployed and failed."),
    "finish": (lifecycle.finish, NoteWords, "The work is done; validation begins."),
    "roll_back": (lifecycle.roll_back, NoteDemanded, "It was taken back."),
    "review": (lifecycle.review, ReviewWords, "Write the review it owes before it closes."),
    "close": (lifecycle.close, ClosingWords, "End it with its outcome."),
    "cancel": (lifecycle.cancel, ReasonDemanded, "Drop a change that has not started."),
    "hold": (lifecycle.hold, ReasonDemanded, "Stop it from moving until it is resumed."),
    "resume": (lifecycle.resume, NoteWords, "Let a held change move again."),
}


def endpoint(verb: str) -> Any:
    """The view of one verb, with its own words in the OpenAPI document."""
    says, words, summary = VERBS[verb]

    @extend_schema(
        operation_id=f"changes_{verb}",
        summary=summary,
        parameters=[IDEMPOTENCY_KEY],
        request=words,
        responses=answers({200: ChangeShown}, *WRITING, 404),
        examples=examples.of_verb(verb),
    )
    @idempotent
    def post(self: SaidVerb, request: Request, ref: str) -> Response:
        return self.say(request, ref)

    name = "".join(part.capitalize() for part in verb.split("_"))
    made = type(name, (SaidVerb,), {"says": says, "words": words, "post": post, "__doc__": summary})
    return made.as_view()  # type: ignore[attr-defined]


class Votes(ApiView):
    """Votes on a change."""

    @extend_schema(
        operation_id="changes_vote",
        parameters=[IDEMPOTENCY_KEY],
        request=Ballot,
        responses=answers({201: VoteShown}, *WRITING, 404, 412),
        examples=[examples.BALLOT],
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Vote on the plan as it stands. Robots never vote.

        Where the environment asks approvers to confirm who they are, no token approves: 403 with
        `reauthentication_required`.
        """
        demand_reach(request, ref)
        given = taken(Ballot, request.data)
        seen = given.pop("plan_digest", None)
        now = timezone.now()
        cast = approvals.vote(
            ref=ref,
            actor=actor_of(request),
            now=now,
            seen=seen,
            authenticated_by=_authenticated_by(request, now=now),
            **given,
        )
        return Response(shown.vote(cast), status=201)


def _authenticated_by(request: Request, *, now: datetime) -> str:
    """How whoever votes over REST has shown who they are."""
    if isinstance(request.auth, ApiToken):
        return Vote.Authentication.TOKEN
    how = confirming.recall(request.session, user=actor_of(request), now=now)
    return how or Vote.Authentication.SESSION


class Checks(ApiView):
    """Validation checks of a change."""

    @extend_schema(
        operation_id="changes_check",
        parameters=[IDEMPOTENCY_KEY],
        request=CheckReport,
        responses=answers({201: CheckShown}, *WRITING, 404),
        examples=[examples.CHECK],
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Report a check; the latest report of a name counts."""
        demand_reach(request, ref)
        given = taken(CheckReport, request.data)
        report = lifecycle.report_check(
            ref=ref, actor=actor_of(request), now=timezone.now(), **given
        )
        return Response(shown.check(report), status=201)


class Timeline(ApiView):
    """What happened to a change."""

    @extend_schema(
        operation_id="changes_timeline",
        parameters=[
            EventsAsked,
            OpenApiParameter(
                "Link",
                str,
                OpenApiParameter.HEADER,
                response=[200],
                description="rel=next, where more events follow.",
            ),
        ],
        responses=answers({200: EventShown(many=True)}, *READING, 404),
    )
    def get(self, request: Request, ref: str) -> Response:
        """Read its events, oldest first."""
        demand_reach(request, ref)
        given = asked(EventsAsked, request.query_params)
        number = number_of(ref)
        if not Change.objects.filter(pk=number).exists():
            raise NoSuchChange(ref)
        events = timeline.events_of(subject=f"CHG-{number}").filter(position__gt=given["after"])
        rows = list(events[: given["limit"] + 1])
        response = Response([shown.event(row) for row in rows[: given["limit"]]])
        if len(rows) > given["limit"]:
            last = rows[given["limit"] - 1].position
            query = f"after={last}&limit={given['limit']}"
            following = request.build_absolute_uri(f"{request.path}?{query}")
            response["Link"] = f'<{following}>; rel="next"'
        return response
