"""`/changes/CHG-1/tasks`: what there is to do for a change."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from catalog.api_schema import IDEMPOTENCY_KEY, READING, WRITING, answers
from catalog.models import User
from catalog.wire import taken
from changes import lifecycle
from changes.api import task_shapes
from changes.api.task_shapes import NewTask, TaskFields, TaskShown, Waived
from changes.api.verbs import Nothing
from changes.api.view import ApiView, demand_reach
from changes.lifecycle import NoSuchTask
from changes.queries import NoSuchChange
from changes.queries import facts as gathered
from changes.queries.names import there_is_no
from changes.queries.refs import number_of
from ledger.idempotency import idempotent

VERBS: dict[str, tuple[Any, str]] = {
    "start": (Nothing, "Begin to work on it."),
    "finish": (Nothing, "It is done."),
    "waive": (Waived, "It need not be done, for a reason."),
    "cancel": (Nothing, "Take it off the list."),
    "reopen": (Nothing, "It is not done after all."),
}
NEW = OpenApiExample(
    "A task",
    value={"kind": "implement", "title": "Load the new model", "assignee": "engineer"},
    request_only=True,
)


class Tasks(ApiView):
    """The tasks of a change."""

    @extend_schema(
        operation_id="changes_tasks_list",
        responses=answers({200: TaskShown(many=True)}, *READING, 404),
    )
    def get(self, request: Request, ref: str) -> Response:
        """List them in their order, with what you may do with each."""
        demand_reach(request, ref)
        return Response(_tasks(request, ref))

    @extend_schema(
        operation_id="changes_tasks_add",
        parameters=[IDEMPOTENCY_KEY],
        request=NewTask,
        responses=answers({201: TaskShown}, *WRITING, 404),
        examples=[NEW],
    )
    @idempotent
    def post(self, request: Request, ref: str) -> Response:
        """Add one. One of the kind `implement` is part of the plan: votes lapse."""
        demand_reach(request, ref)
        task = lifecycle.add_task(
            ref=ref,
            fields=_with_assignee(taken(NewTask, request.data)),
            actor=actor_of(request),
            now=timezone.now(),
        )
        return _answer(request, ref, task.number, status=201)


class OneTask(ApiView):
    """One task, by its number in the change."""

    @extend_schema(
        operation_id="changes_tasks_read", responses=answers({200: TaskShown}, *READING, 404)
    )
    def get(self, request: Request, ref: str, number: int) -> Response:
        """Read it."""
        demand_reach(request, ref)
        return _answer(request, ref, number)

    @extend_schema(
        operation_id="changes_tasks_edit",
        parameters=[IDEMPOTENCY_KEY],
        request=TaskFields,
        responses=answers({200: TaskShown}, *WRITING, 404),
    )
    @idempotent
    def patch(self, request: Request, ref: str, number: int) -> Response:
        """Change what is written in it; other words of one to `implement` void the votes."""
        demand_reach(request, ref)
        fields = _with_assignee(taken(TaskFields, request.data))
        actor, now = actor_of(request), timezone.now()
        lifecycle.edit_task(ref=ref, number=number, fields=fields, actor=actor, now=now)
        return _answer(request, ref, number)


def endpoint(verb: str) -> Any:
    """The view of one verb of a task, with its own words in the OpenAPI document."""
    words, summary = VERBS[verb]

    @extend_schema(
        operation_id=f"changes_tasks_{verb}",
        summary=summary,
        parameters=[IDEMPOTENCY_KEY],
        request=words,
        responses=answers({200: TaskShown}, *WRITING, 404),
    )
    @idempotent
    def post(self: ApiView, request: Request, ref: str, number: int) -> Response:
        demand_reach(request, ref)
        given = taken(words, request.data)
        actor, now = actor_of(request), timezone.now()
        lifecycle.say_task(ref=ref, number=number, verb=verb, actor=actor, now=now, **given)
        return _answer(request, ref, number)

    made = type(f"{verb.capitalize()}Task", (ApiView,), {"post": post, "__doc__": summary})
    return made.as_view()  # type: ignore[attr-defined]


def _with_assignee(given: dict[str, Any]) -> dict[str, Any]:
    """The fields with a row for the assignee; raises `ValidationError` where there is none."""
    name = given.get("assignee")
    if name is None:
        return given
    person = User.objects.filter(username=name).first()
    if person is None:
        raise ValidationError({"assignee": there_is_no("user", name)})
    return {**given, "assignee": person}


def _answer(request: Request, ref: str, number: int, *, status: int = 200) -> Response:
    found = next((task for task in _tasks(request, ref) if task["number"] == number), None)
    if found is None:
        raise NoSuchTask(f"{ref.upper()} has no task {number}.")
    return Response(found, status=status)


def _tasks(request: Request, ref: str) -> list[dict[str, Any]]:
    now = timezone.now()
    try:
        facts = gathered.of_change(change_id=number_of(ref), actor=actor_of(request), now=now)
    except NoSuchChange:
        raise
    except LookupError:
        raise NoSuchChange(ref) from None
    return task_shapes.shown(facts, now=now)
