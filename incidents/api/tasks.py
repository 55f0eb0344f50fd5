"""Tasks, checklists, merging and splitting."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import demand_reach
from catalog.api_schema import IDEMPOTENCY_KEY, WRITING, answers
from catalog.wire import Number, Strict, Text, Word
from incidents import lifecycle
from incidents.api.acting import ActingView, person
from incidents.api.found import found
from incidents.api.room_shapes import IncidentTaskShown, RoomShown, room_of, task_of
from incidents.api.shapes import IncidentShown
from incidents.models import Incident
from ledger.idempotency import idempotent

MOST = 500


class TaskGiven(Strict):
    title = Text(max_length=200)
    assignee = Text(max_length=150, required=False, allow_null=True, default=None)


class TaskSaid(Strict):
    """Finish, drop or reopen it, or give it to somebody else."""

    verb = Word(("finish", "drop", "reopen", "assign"))
    assignee = Text(max_length=150, required=False, allow_null=True, default=None)


class StepGiven(Strict):
    done = serializers.BooleanField(default=True)


class FoldGiven(Strict):
    into = Text(max_length=24, help_text="Ref of the incident that goes on.")
    how = Word(Incident.Folded.choices, required=False, default="merged")
    note = Text(max_length=2000, required=False, allow_blank=True, default="")


class SplitGiven(Strict):
    title = Text(max_length=200)
    alerts = serializers.ListField(child=Number(min_value=1), default=list, max_length=MOST)
    tasks = serializers.ListField(child=Number(min_value=1), default=list, max_length=MOST)


class Tasks(ActingView):
    """What is to be done."""

    @extend_schema(
        operation_id="incidents_add_task",
        parameters=[IDEMPOTENCY_KEY],
        request=TaskGiven,
        responses=answers({201: IncidentTaskShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Add a task, for somebody or for whoever takes it."""
        given = self.given(request, TaskGiven)
        row = lifecycle.add_task(
            **self.who(request, ref),
            title=given["title"],
            assignee=person(given["assignee"], field="assignee"),
        )
        return Response(task_of(row), status=201)


class OneTask(ActingView):
    """One task."""

    @extend_schema(
        operation_id="incidents_say_task",
        parameters=[IDEMPOTENCY_KEY],
        request=TaskSaid,
        responses=answers({200: IncidentTaskShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str, number: int) -> Response:
        """Finish, drop, reopen or assign a task. Saying it again changes nothing."""
        given, who = self.given(request, TaskSaid), self.who(request, ref)
        if given["verb"] == "assign":
            to = person(given["assignee"], field="assignee")
            row = lifecycle.assign_task(**who, number=number, assignee=to)
        else:
            row = lifecycle.say_task(**who, number=number, verb=given["verb"])
        return Response(task_of(row))


class Steps(ActingView):
    """A step of the checklist."""

    @extend_schema(
        operation_id="incidents_tick",
        parameters=[IDEMPOTENCY_KEY],
        request=StepGiven,
        responses=answers({200: RoomShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str, item: int) -> Response:
        """Say that a step was taken, or take that back."""
        lifecycle.tick(**self.who(request, ref), item=item, **self.given(request, StepGiven))
        return Response(room_of(found(ref)))


class Merge(ActingView):
    """Merging one incident into another."""

    @extend_schema(
        operation_id="incidents_merge",
        parameters=[IDEMPOTENCY_KEY],
        request=FoldGiven,
        responses=answers({200: IncidentShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Make it part of another, or say that it is a duplicate; answers the one that goes on."""
        given, who = self.given(request, FoldGiven), self.who(request, ref)
        into, note = given["into"].strip().upper(), given["note"]
        demand_reach(request, service=found(into).service)
        if given["how"] == Incident.Folded.DUPLICATE:
            target = lifecycle.mark_duplicate(**who, of=into, note=note)
        else:
            target = lifecycle.merge(**who, into=into, note=note)
        return Response(IncidentShown(found(target.ref)).data)


class Split(ActingView):
    """Splitting an incident in two."""

    @extend_schema(
        operation_id="incidents_split",
        parameters=[IDEMPOTENCY_KEY],
        request=SplitGiven,
        responses=answers({201: IncidentShown}, *WRITING, 404),
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Declare a second incident and move alerts and tasks to it; answers the second."""
        given = self.given(request, SplitGiven)
        part = lifecycle.Part(alerts=given["alerts"], tasks=given["tasks"])
        second = lifecycle.split(**self.who(request, ref), title=given["title"], part=part)
        return Response(IncidentShown(found(second.ref)).data, status=201)
