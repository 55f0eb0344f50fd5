"""`/api/sn_chg_rest/change`: what Octopus Deploy calls of ServiceNow's, and a little more."""

from collections.abc import Callable
from typing import Any, Concatenate

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from catalog.json_body import json_object
from catalog.models.token import Scope
from changes import runs
from changes.doors.identity import Caller
from changes.doors.refusing import WORDED, no_for
from changes.doors.servicenow import answers, octopus, records
from changes.doors.servicenow.fields import WrongField, written
from changes.doors.servicenow.oauth import whoever
from changes.doors.servicenow.query import TEMPLATE_FIELDS, Unsupported, wanted
from changes.doors.servicenow.sys_ids import CHANGE, TEMPLATE, number_in
from changes.doors.servicenow.updates import asked_in
from changes.models import Template
from changes.queries import NoSuchChange, by_ref
from changes.queries.conflicts import of_change
from changes.queries.refs import known_ref
from changes.states import TemplateState

BAD_REQUEST, FORBIDDEN, NOT_FOUND, CREATED, WRONG_METHOD = 400, 403, 404, 201, 405
AS_THEY_SAY = {409: BAD_REQUEST, 413: BAD_REQUEST, 415: BAD_REQUEST, 422: BAD_REQUEST}
NEWEST_AT_MOST = 10
Answered = Callable[Concatenate[HttpRequest, ...], JsonResponse]


def by_method(**views: Answered) -> Answered:
    """One view for an address, by method; refusals are in ServiceNow's form."""

    @csrf_exempt
    def answered(request: HttpRequest, **named: Any) -> JsonResponse:
        view = views.get(request.method or "")
        if view is None:
            return answers.refusal(f"Use {' or '.join(views)} here.", code=WRONG_METHOD)
        try:
            return view(request, **named)
        except (WrongField, Unsupported) as wrong:
            return answers.refusal(str(wrong), code=BAD_REQUEST)
        except WORDED as error:
            no = no_for(error)
            return answers.refusal(no.said, code=AS_THEY_SAY.get(no.status, no.status))

    return answered


def _reads(request: HttpRequest) -> Caller:
    who = whoever(request, now=timezone.now())
    who.demand(Scope.CHANGES_READ)
    who.demand(Scope.GATE)
    return who


def _writes(request: HttpRequest) -> Caller:
    who = whoever(request, now=timezone.now())
    who.demand(Scope.CHANGES_WRITE, writes=True)
    return who


def find(request: HttpRequest) -> JsonResponse:
    """Changes by number, id or title; without any of them the newest, in no state to deploy by."""
    who, asked = _reads(request), wanted(request.GET)
    kept: dict[str, Any] = {"actor": who.user, "now": timezone.now(), "reach": who.reach}
    if ref := _ref_in(asked):
        found = _if_there(ref, kept)
    elif "short_description" in asked:
        title = asked["short_description"]
        run = octopus.run_in(title)
        found = runs.see_run(run, title=title, **kept) if run else []
    elif "number" in asked or "sys_id" in asked:
        found = []
    else:
        found = runs.newest(reach=who.reach, limit=_limit(request))
    shown = [records.record(one) for one in found]
    return JsonResponse({"result": [one for one in shown if _fits(one, asked)]})


def create_normal(request: HttpRequest) -> JsonResponse:
    """A normal change, for what its title says is deployed."""
    return _created(request, _writes(request), template=None)


def create_standard(request: HttpRequest, template: str) -> JsonResponse:
    """A standard change, from the template that the mapping names."""
    who, number = _writes(request), number_in(template, kind=TEMPLATE)
    row = _published().filter(pk=number).first() if number else None
    if row is None:
        return answers.refusal(f"There is no template {template[:40]}.", code=NOT_FOUND)
    return _created(request, who, template=row)


def templates(request: HttpRequest) -> JsonResponse:
    """The published templates, by name."""
    _reads(request)
    asked = wanted(request.GET, fields=TEMPLATE_FIELDS)
    shown = [records.template_record(one) for one in _published().order_by("name")]
    return JsonResponse({"result": [one for one in shown if _fits(one, asked)]})


def show(request: HttpRequest, change: str) -> JsonResponse:
    """One change."""
    who = _reads(request)
    seen = runs.see(_named(change), actor=who.user, now=timezone.now(), reach=who.reach)
    return JsonResponse({"result": records.record(seen)})


def write(request: HttpRequest, change: str) -> JsonResponse:
    """Fields, a state and notes are written in a change: all of it or nothing."""
    who, ref, now = _writes(request), _named(change), timezone.now()
    asked = asked_in(json_object(request), was=str(by_ref(ref=ref).state))
    runs.update(ref, asked.update, actor=who.user, now=now, reach=who.reach)
    seen = runs.see(ref, actor=who.user, now=now, reach=who.reach)
    return JsonResponse({"result": records.record(seen, ignored=asked.ignored)})


def next_states(request: HttpRequest, change: str) -> JsonResponse:
    """The state of a change, and those it may be moved to."""
    who = _reads(request)
    seen = runs.see(_named(change), actor=who.user, now=timezone.now(), reach=who.reach)
    return JsonResponse({"result": records.next_states(records.state_of(seen))})


def conflicts(request: HttpRequest, change: str) -> JsonResponse:
    """The changes it meets; the status says so only where there are any."""
    who = _reads(request)
    seen = runs.see(_named(change), actor=who.user, now=timezone.now(), reach=who.reach)
    met = of_change(seen.change)
    result = {
        **records.identity(seen.change),
        "state": records.pair("3", "Complete"),
        "percent_complete": records.pair("100"),
        "conflict_status": records.pair("Conflict" if met else "No Conflict"),
        "conflicts": [{"number": one.ref, "short_description": one.title} for one in met],
    }
    return JsonResponse({"result": result})


def vote(request: HttpRequest, change: str) -> JsonResponse:
    """No: people vote."""
    _writes(request)
    words = f"No tool votes on {_named(change)}: its approvers do, in Tidegate."
    return answers.refusal(words, code=FORBIDDEN)


def _created(request: HttpRequest, who: Caller, *, template: Template | None) -> JsonResponse:
    told = written(json_object(request))
    title = str(told.words.get("title", ""))
    run = octopus.run_in(title)
    if run is None:
        raise WrongField(
            'short_description: Give Octopus’s own, such as Octopus: Deploy "shop" version 1.0.1 '
            'to "Production": it says which service and environment it is.'
        )
    now = timezone.now()
    runs.demand_template(run, template=template, reach=who.reach)
    words = {"description": f"Asked for by {run}.", **told.words}
    opened = runs.ask_for_change(run, words=words, actor=who.user, now=now, reach=who.reach)
    seen = runs.see(opened.ref, actor=who.user, now=now, reach=who.reach)
    return JsonResponse({"result": records.record(seen, ignored=told.ignored)}, status=CREATED)


def _if_there(ref: str, kept: dict[str, Any]) -> list[runs.Seen]:
    try:
        return [runs.see(ref, **kept)]
    except NoSuchChange:
        return []


def _ref_in(asked: dict[str, str]) -> str:
    """The ref that is asked for by number or id; "" where none is."""
    if "sys_id" in asked:
        number = number_in(asked["sys_id"], kind=CHANGE)
        return f"CHG-{number}" if number else ""
    return known_ref(asked.get("number", ""))


def _named(change: str) -> str:
    """The ref an address names by id, or by number; raises `NoSuchChange`."""
    number = number_in(change, kind=CHANGE)
    ref = f"CHG-{number}" if number else known_ref(change)
    if not ref:
        raise NoSuchChange(change[:40])
    return ref


def _fits(record: records.Record, asked: dict[str, str]) -> bool:
    """Whether each field is what is asked for, by value or as shown."""
    return all(value in record[name].values() for name, value in asked.items() if name in record)


def _limit(request: HttpRequest) -> int:
    told = request.GET.get("sysparm_limit", "")
    return min(int(told), NEWEST_AT_MOST) if told.isdecimal() and told.isascii() else NEWEST_AT_MOST


def _published() -> Any:
    return Template.objects.filter(state=str(TemplateState.PUBLISHED))
