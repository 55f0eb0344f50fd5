"""`changeControl`, `changeStatus` and `changeInfo`, as ServiceNow's actions for GitHub call them.

See Note [What the action does with an answer] in `changes.doors.servicenow.answers`.
"""

from collections.abc import Callable
from functools import partial, wraps

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from catalog.json_body import json_object
from catalog.models.token import Scope
from changes import runs
from changes.doors.identity import Caller, caller, shown_by
from changes.doors.refusing import WORDED, no_for, said_by
from changes.doors.servicenow import answers
from changes.doors.servicenow.control import Control, Malformed, control_in, run_in
from changes.doors.servicenow.fields import WrongField
from changes.doors.servicenow.updates import asked_in
from changes.queries import by_ref

NOT_IDENTIFIED, BAD_REQUEST, WRONG_METHOD = 401, 400, 405
View = Callable[[HttpRequest], JsonResponse]


def in_their_form(method: str) -> Callable[[View], View]:
    """A view of one method, whose refusals are 401, or 400 with what the action prints."""
    return partial(_answering, method)


def _answering(method: str, view: View) -> View:
    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest) -> JsonResponse:
        if request.method != method:
            return answers.refusal(f"Use {method} here.", code=WRONG_METHOD)
        try:
            return view(request)
        except (Malformed, WrongField) as wrong:
            return answers.refusal(str(wrong), code=BAD_REQUEST)
        except WORDED as error:
            no = no_for(error)
            code = NOT_IDENTIFIED if no.status == NOT_IDENTIFIED else BAD_REQUEST
            return answers.refusal(no.said, code=code)

    return answered


@in_their_form("POST")
def change_control(request: HttpRequest) -> JsonResponse:
    """A run asks for its change."""
    tool = request.GET.get("toolId", "")
    who = _whoever(request, tool)
    who.demand(Scope.CHANGES_WRITE, writes=True)
    control = control_in(json_object(request), tool=tool)
    opened = runs.ask_for_change(
        control.run,
        words=control.written.words,
        actor=who.user,
        now=timezone.now(),
        reach=who.reach,
    )
    return answers.tracked(opened.ref, _message(opened, control))


@in_their_form("GET")
def change_status(request: HttpRequest) -> JsonResponse:
    """How it stands with the change of a run."""
    who = _whoever(request, request.GET.get("toolId", ""))
    who.demand(Scope.GATE)
    run = run_in(request.GET)
    try:
        standing = runs.standing_of(run, actor=who.user, now=timezone.now(), reach=who.reach)
    except WORDED as error:
        return answers.failed(no_for(error).said)
    if standing is None:
        return answers.failed(f"{run} has asked for no change: call changeControl first.")
    return answers.status(standing)


@in_their_form("PUT")
def change_info(request: HttpRequest) -> JsonResponse:
    """Fields, a state and notes are written in a change, as the update action does after it."""
    shown = shown_by(request.headers.get("Authorization", ""))
    who = caller(shown, now=timezone.now())
    who.demand(Scope.CHANGES_WRITE, writes=True)
    ref = request.GET.get("changeRequestNumber", "")
    asked = asked_in(json_object(request), was=by_ref(ref=ref).state)
    change = runs.update(ref, asked.update, actor=who.user, now=timezone.now(), reach=who.reach)
    ignored = f" Not read: {', '.join(asked.ignored)}." if asked.ignored else ""
    return answers.updated(f"{change.ref} is {change.get_state_display().lower()} now.{ignored}")


def _whoever(request: HttpRequest, tool: str) -> Caller:
    """The caller; whose credentials name another tool than the address is nobody."""
    shown = shown_by(request.headers.get("Authorization", ""))
    if shown.tool and shown.tool != tool:
        raise Malformed("toolId: The credentials are for another tool than the address names.")
    return caller(shown, now=timezone.now())


def _message(opened: runs.Opened, control: Control) -> str:
    """What the log of the job says as it begins to wait."""
    lines = [f"{opened.ref} is filed for this run." if opened.is_new else f"{opened.ref} it is."]
    if opened.reasons:
        lines += ["It is not submitted for approval yet:", said_by(opened.reasons)]
    if control.written.ignored:
        lines.append(f"Not read: {', '.join(control.written.ignored)}.")
    return "\n".join(lines)
