"""The timeline: events and notes; writing, correcting and pinning notes."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.wire import Instant, Strict, Text
from incidents import lifecycle
from incidents.api.acting import ActingView
from incidents.api.found import found
from incidents.models import TimelineNote
from incidents.queries import room
from ledger import timeline
from ledger.decision import rfc3339
from ledger.idempotency import idempotent

LONGEST_TEXT = 20_000


class NoteGiven(Strict):
    """What happened; `at` an earlier time, or now."""

    text = Text(max_length=LONGEST_TEXT)
    at = Instant(required=False, allow_null=True, default=None)


class PinGiven(Strict):
    pinned = serializers.BooleanField(default=True)


class NoteShown(serializers.Serializer):
    """A note; `corrected_by` is the number of the note that says it right."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    text = serializers.CharField()
    written_at = serializers.DateTimeField()
    written_by = serializers.CharField(allow_null=True)
    corrects = serializers.IntegerField(allow_null=True)
    corrected_by = serializers.IntegerField(allow_null=True)
    pinned = serializers.BooleanField()


class IncidentEventShown(serializers.Serializer):
    at = serializers.DateTimeField()
    verb = serializers.CharField()
    actor = serializers.CharField()
    data = serializers.JSONField()  # type: ignore[assignment]
    digest = serializers.CharField()


class TimelineShown(serializers.Serializer):
    """What the ledger recorded, oldest first, and what people wrote, by number."""

    events = IncidentEventShown(many=True)
    notes = NoteShown(many=True)


class Timeline(ActingView):
    """What happened."""

    http_method_names: Any = ("get", "head")

    @extend_schema(
        operation_id="incidents_timeline", responses=answers({200: TimelineShown}, *READING, 404)
    )
    def get(self, request: Request, ref: str) -> Response:
        """Read what happened to an incident."""
        incident = found(ref)
        events = [
            {
                "at": rfc3339(event.at),
                "verb": event.verb,
                "actor": event.actor,
                "data": event.data,
                "digest": event.digest,
            }
            for event in timeline.events_of(subject=incident.ref)
        ]
        notes = [_note(row) for row in room.notes(incident)]
        return Response({"events": events, "notes": notes})


class Notes(ActingView):
    """Notes on the timeline."""

    @extend_schema(
        operation_id="incidents_note",
        parameters=[IDEMPOTENCY_KEY],
        request=NoteGiven,
        responses=answers({201: NoteShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Write down what happened."""
        row = lifecycle.note(**self.who(request, ref), **self.given(request, NoteGiven))
        return Response(_note(row), status=201)


class Corrections(ActingView):
    """Correcting a note."""

    @extend_schema(
        operation_id="incidents_correct_note",
        parameters=[IDEMPOTENCY_KEY],
        request=NoteGiven,
        responses=answers({201: NoteShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str, number: int) -> Response:
        """Say what a note should have said; both stay."""
        given = self.given(request, NoteGiven)
        row = lifecycle.correct(**self.who(request, ref), number=number, **given)
        return Response(_note(row), status=201)


class Pin(ActingView):
    """Pinning a note."""

    @extend_schema(
        operation_id="incidents_pin_note",
        parameters=[IDEMPOTENCY_KEY],
        request=PinGiven,
        responses=answers({200: NoteShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str, number: int) -> Response:
        """Keep a note at the top for whoever joins, or no longer."""
        given = self.given(request, PinGiven)
        row = lifecycle.pin(**self.who(request, ref), number=number, **given)
        return Response(_note(row))


def _note(row: TimelineNote) -> dict[str, Any]:
    after = row.correction.number if hasattr(row, "correction") else None
    return {
        "number": row.number,
        "at": rfc3339(row.at),
        "text": row.text,
        "written_at": rfc3339(row.written_at),
        "written_by": row.written_by.username if row.written_by else None,
        "corrects": row.corrects.number if row.corrects else None,
        "corrected_by": after,
        "pinned": row.pinned_at is not None,
    }
