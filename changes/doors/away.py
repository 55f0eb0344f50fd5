"""What doors answer while Tidegate itself cannot: when the database is away, or it has failed.

# Note [Waiting is not failing]
Tools that poll fail a job for good at 429 and 5xx. So where an answer cannot be had they are told
to wait, in their vendor's words; never yes. What they write is refused with a status whose text
they show. Nothing here asks the database or trusts what was sent.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from django.http import JsonResponse

from changes.doors.azure import answers as azure
from changes.doors.jira import answers as jira
from changes.doors.jira.reading import Unread, run_of
from changes.doors.servicenow import answers as servicenow
from changes.doors.servicenow.states import Theirs
from changes.doors.servicenow.sys_ids import CHANGE, number_in, sys_id
from changes.queries.refs import known_ref

AWAY = "Tidegate cannot say now: its database does not answer, or it failed. Ask again in a minute."
TOO_LARGE = "The body is over 1 MB. Send less at once."
TOO_LARGE_STATUS, BAD_REQUEST = 413, 400
Instead = Callable[[re.Match[str], Mapping[str, str], datetime], JsonResponse]

_SERVICENOW = r"/compat/servicenow"
_GATING = re.compile(
    r"/compat/jira/rest/deployments/0\.1/pipelines/(.+)/environments/(.+)"
    r"/deployments/([0-9]{1,16})/gating-status"
)
_STATUS = re.compile(_SERVICENOW + r"/api/sn_devops/v[12]/devops/orchestration/changeStatus")
_CHANGES = re.compile(rf"(?:{_SERVICENOW})?/api/sn_chg_rest/(?:v1/)?change(?:/([0-9A-Za-z-]+))?")
_WRITTEN = re.compile(
    rf"(?:{_SERVICENOW})?/(?:api/sn_devops/.*|api/sn_chg_rest/.*|oauth_token\.do)"
)
_AZURE_CHECK = "/compat/azure/check"
_WRITTEN_TO_JIRA = re.compile(r"/compat/jira/.*")


def instead(
    *, method: str, path: str, query: Mapping[str, str], status: int, now: datetime
) -> JsonResponse | None:
    """The answer a door gives instead of one with `status`; None for what is no door."""
    if status != TOO_LARGE_STATUS and method == "GET":
        for pattern, answer in _POLLED:
            if match := pattern.fullmatch(path):
                return answer(match, query, now)
    if status != TOO_LARGE_STATUS and (method, path) == ("POST", _AZURE_CHECK):
        return JsonResponse(azure.not_known_yet(AWAY))
    why = TOO_LARGE if status == TOO_LARGE_STATUS else AWAY
    if _WRITTEN.fullmatch(path):
        return servicenow.refusal(why, code=BAD_REQUEST)
    return jira.refusal(why, code=BAD_REQUEST) if _WRITTEN_TO_JIRA.fullmatch(path) else None


def _awaiting(match: re.Match[str], query: Mapping[str, str], now: datetime) -> JsonResponse:
    try:
        run = run_of(match[1], match[2], int(match[3]))
    except Unread as wrong:
        return jira.refusal(str(wrong), code=BAD_REQUEST)
    return jira.gated(run, jira.AWAITING, now=now)


def _pending(match: re.Match[str], query: Mapping[str, str], now: datetime) -> JsonResponse:
    return servicenow.not_known_yet(AWAY)


def _scheduled(match: re.Match[str], query: Mapping[str, str], now: datetime) -> JsonResponse:
    """The change that is named, as Scheduled; by its title alone nobody knows which it is."""
    named = match[1] or query.get("number", "") or query.get("sys_id", "")
    told = re.findall(r"(?:^|\^)(?:number|sys_id)=([^^]*)", query.get("sysparm_query", ""))
    for text in (named, *told):
        number = number_in(text, kind=CHANGE)
        ref = f"CHG-{number}" if number else known_ref(text)
        if ref:
            return _named(ref, alone=bool(match[1]))
    return servicenow.refusal(AWAY, code=BAD_REQUEST)


def _named(ref: str, *, alone: bool) -> JsonResponse:
    state = Theirs.SCHEDULED
    record = {
        "sys_id": sys_id(CHANGE, int(ref.removeprefix("CHG-"))),
        "number": ref,
        "u_tidegate_reasons": AWAY,
    }
    shown = {name: {"value": text, "display_value": text} for name, text in record.items()}
    shown["state"] = {"value": str(int(state)), "display_value": state.label}
    return JsonResponse({"result": shown if alone else [shown]})


_POLLED: tuple[tuple[re.Pattern[str], Instead], ...] = (
    (_STATUS, _pending),
    (_CHANGES, _scheduled),
    (_GATING, _awaiting),
)
