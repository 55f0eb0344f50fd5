"""Adding, editing and working on the tasks of a change."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from changes import lifecycle
from changes.lifecycle import NoSuchTask
from changes.models import Task
from changes.queries import NoSuchChange, number_of
from changes.states import TASK_MOVES
from changes.web.detail import change_page, to_page
from changes.web.reader import no_such_change, reader
from changes.web.task_forms import EditForm, TaskForm, WaiveForm
from changes.web.verb_forms import VerbForm
from ledger.decision import Refused

SAID = {
    "start": "Started task {number}.",
    "finish": "Finished task {number}.",
    "waive": "Waived task {number}.",
    "cancel": "Cancelled task {number}.",
    "reopen": "Reopened task {number}.",
}
AT = "tasks"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, ref: str) -> HttpResponse:
    """Add a task, and go back to the change."""
    if request.method != "POST":
        return to_page(ref, at=AT)
    form, refused = TaskForm(request.POST, verb="task"), None
    try:
        if form.is_valid():
            actor, now = reader(request), timezone.now()
            task = lifecycle.add_task(ref=ref, fields=form.cleaned_data, actor=actor, now=now)
            messages.success(request, f"Added task {task.number}.")
            return to_page(ref.upper(), at=AT)
    except ValidationError as wrong:
        form.take(wrong)
    except Refused as problem:
        refused = problem
    except NoSuchChange as missing:
        return no_such_change(request, ref=missing.ref)
    return change_page(request, ref=ref, opened={"task": form}, refused=refused, status=422)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    """One task on a page of its own, to be edited."""
    task, status, refused = _task(ref, number), 200, None
    form = EditForm.of(task, request.POST if request.method == "POST" else None)
    if form.is_bound:
        status = 422
        try:
            if form.is_valid():
                actor, now = reader(request), timezone.now()
                given = form.cleaned_data
                lifecycle.edit_task(ref=ref, number=number, fields=given, actor=actor, now=now)
                messages.success(request, f"Edited task {number}.")
                return to_page(ref.upper(), at=AT)
        except ValidationError as wrong:
            form.take(wrong)
        except Refused as problem:
            refused = problem.decision
            status = 403 if refused.is_about_who else 409
    context = {
        "section": "changes",
        "change": task.change,
        "task": task,
        "form": form,
        "refused": {"label": "Edit", "reasons": refused.reasons} if refused else None,
    }
    return render(request, "changes/task.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def say(request: HttpRequest, ref: str, number: int, verb: str) -> HttpResponse:
    """Say one verb of one task, and go back to the change."""
    if verb not in TASK_MOVES:
        raise Http404
    if request.method != "POST":
        return to_page(ref, at=AT)
    name = f"task-{number}-{verb}"
    form: VerbForm = (WaiveForm if verb == "waive" else VerbForm)(request.POST, verb=name)
    refused = None
    try:
        if form.is_valid():
            actor, now, given = reader(request), timezone.now(), form.cleaned_data
            lifecycle.say_task(ref=ref, number=number, verb=verb, actor=actor, now=now, **given)
            messages.success(request, SAID[verb].format(number=number))
            return to_page(ref.upper(), at=AT)
    except ValidationError as wrong:
        form.take(wrong)
    except Refused as problem:
        refused = problem
    except NoSuchChange as missing:
        return no_such_change(request, ref=missing.ref)
    except NoSuchTask as missing:
        raise Http404(str(missing)) from None
    return change_page(request, ref=ref, opened={name: form}, refused=refused, status=422)


def _task(ref: str, number: int) -> Task:
    try:
        rows = Task.objects.select_related("change", "assignee")
        return rows.get(change=number_of(ref), number=number)
    except (NoSuchChange, Task.DoesNotExist):
        raise Http404(f"{ref.upper()} has no task {number}.") from None
