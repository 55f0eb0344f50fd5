"""What ServiceNow's callers are answered, in the forms they read. Pure.

# Note [What the action does with an answer]
The action goes on at any 200 to `changeStatus`, whatever its body says, and fails the job at once
at 429, 5xx and a connection that drops. It waits at 201 with `pending_decision`, and prints
`details.details` where the status is `failed`. Of a refused `changeControl` it prints
`error.message` at 400 alone. So nothing but a yes of the gate is answered 200, and every refusal is
400 or 401.
Source: its own code, as of November 2026.
"""

from typing import Any

from django.http import JsonResponse

from changes.doors.servicenow.sys_ids import CHANGE, sys_id
from changes.queries import number_of
from changes.runs import Standing, Word, told

YES, NOT_YET = 200, 201
STATUSES = {
    Word.ALLOWED: "approved",
    Word.WAITING: "pending_decision",
    Word.DENIED: "failed",
    Word.EXPIRED: "failed",
    Word.REJECTED: "rejected",
    Word.CANCELLED: "canceled_by_user",
}


def tracked(ref: str, message: str) -> JsonResponse:
    """The change of a run is there, and its status can be asked for."""
    details = {"number": ref, "sys_id": sys_id(CHANGE, number_of(ref))}
    return JsonResponse(
        {"result": {"status": "Success", "message": message, "changeControl": True, **details}}
    )


def updated(message: str) -> JsonResponse:
    """A change was written."""
    return JsonResponse({"result": {"status": "SUCCESS", "message": message}})


def status(standing: Standing) -> JsonResponse:
    """How it stands with a change: 200 for yes, 201 for everything else."""
    return _status(
        {
            "number": standing.ref,
            "sys_id": sys_id(CHANGE, number_of(standing.ref)),
            "status": STATUSES[standing.word],
            "details": told(standing),
        },
        code=YES if standing.word is Word.ALLOWED else NOT_YET,
    )


def not_known_yet(why: str) -> JsonResponse:
    """Nothing can be said now: the action waits, and asks again."""
    return _status({"status": STATUSES[Word.WAITING], "details": why}, code=NOT_YET)


def failed(why: str) -> JsonResponse:
    """The action fails the job, and prints why."""
    return _status({"status": STATUSES[Word.DENIED], "details": why}, code=NOT_YET)


def refusal(why: str, *, code: int) -> JsonResponse:
    """ServiceNow's error; what the action prints stands in both places it looks in."""
    first, _, rest = why.partition("\n")
    body: dict[str, Any] = {
        "error": {"message": why, "detail": rest or first},
        "result": {"errorMessage": why},
        "status": "failure",
    }
    return JsonResponse(body, status=code)


def _status(details: dict[str, str], *, code: int) -> JsonResponse:
    return JsonResponse({"result": {"status": "Success", "details": details}}, status=code)
