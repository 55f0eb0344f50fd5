"""`/rest/deployments/0.1`: deployments are submitted, and their gating status is asked for."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, Concatenate

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from catalog.json_body import json_object
from catalog.models.token import Scope
from changes import runs
from changes.doors.identity import Caller, caller, shown_by
from changes.doors.jira import answers
from changes.doors.jira.reading import (
    Submitted,
    Unread,
    deployments_in,
    key_of,
    run_of,
    submitted,
)
from changes.doors.refusing import WORDED, no_for

AS_THEY_SAY = {409: 400, 415: 400, 422: 400}
View = Callable[Concatenate[HttpRequest, ...], JsonResponse]


def in_their_form(method: str) -> Callable[[View], View]:
    """A view of one method, whose refusals are in Jira's form."""
    return partial(_answering, method)


def _answering(method: str, view: View) -> View:
    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, **named: Any) -> JsonResponse:
        if request.method != method:
            return answers.refusal(f"Use {method} here.", code=405)
        try:
            return view(request, **named)
        except Unread as wrong:
            return answers.refusal(str(wrong), code=400)
        except WORDED as error:
            no = no_for(error)
            return answers.refusal(no.said, code=AS_THEY_SAY.get(no.status, no.status))

    return answered


@in_their_form("POST")
def bulk(request: HttpRequest) -> JsonResponse:
    """Take deployments: those that ask to be gated ask for their change, others report."""
    who = _whoever(request)
    told = deployments_in(json_object(request))
    accepted: list[Submitted] = []
    rejected: list[dict[str, Any]] = []
    for one in told:
        try:
            given = submitted(one)
            _take(given, who)
            accepted.append(given)
        except Unread as wrong:
            rejected.append({"key": key_of(one), "errors": [{"message": str(wrong)}]})
        except WORDED as error:
            rejected.append({"key": key_of(one), "errors": [{"message": no_for(error).said}]})
    return answers.taken(accepted, rejected)


@in_their_form("GET")
def gating_status(
    request: HttpRequest, pipeline: str, environment: str, number: str
) -> JsonResponse:
    """Whether a deployment may go on."""
    who = _whoever(request)
    run, now = run_of(pipeline, environment, int(number)), timezone.now()
    try:
        standing = runs.standing_of(run, actor=who.user, now=now, reach=who.reach)
    except WORDED:
        standing = None
    return answers.gating(run, standing, now=now, root=settings.TIDEGATE_URL.rstrip("/"))


def _whoever(request: HttpRequest) -> Caller:
    shown = shown_by(request.headers.get("Authorization", ""))
    who = caller(shown, now=timezone.now())
    who.demand(Scope.GATE)
    return who


def _take(given: Submitted, who: Caller) -> None:
    kept: dict[str, Any] = {"actor": who.user, "now": timezone.now(), "reach": who.reach}
    if given.is_gated:
        who.demand(Scope.CHANGES_WRITE, writes=True)
        runs.ask_for_change(given.run, words=given.words, **kept)
    elif given.report:
        runs.report(given.run, given.report, **kept)
