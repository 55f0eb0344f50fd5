"""Refusals in plain sentences, for doors that put them into a form of their vendor's."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.http import Http404
from rest_framework.exceptions import APIException

from changes.queries import NoSuchChange
from changes.queries.facts import NoSuchPlace
from changes.runs import NotMapped
from ledger.decision import Reason, Refused

WORDED = (
    APIException,
    Refused,
    ValidationError,
    NotMapped,
    NoSuchChange,
    NoSuchPlace,
    PermissionDenied,
    RequestDataTooBig,
    Http404,
)


@dataclass(frozen=True, slots=True)
class No:
    """A refusal: its HTTP status as the API would choose it, and what is said, line by line."""

    status: int
    said: str


def no_for(error: Exception) -> No:
    """The refusal one of `WORDED` stands for."""
    match error:
        case Refused():
            return No(403 if error.decision.is_about_who else 409, said_by(error.decision.reasons))
        case APIException():
            return No(error.status_code, str(error.detail))
        case ValidationError():
            return No(422, _by_field(error))
        case RequestDataTooBig():
            return No(413, "The body is over 1 MB. Send less at once.")
        case PermissionDenied():
            return No(403, str(error) or "You may not do this.")
    return No(404, str(error))


def said_by(reasons: Iterable[Reason]) -> str:
    """Every reason with its remedy, a line each."""
    return "\n".join(f"{one.message} {one.remedy}".strip() for one in reasons)


def _by_field(error: ValidationError) -> str:
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    told = error.message_dict.items()
    return "\n".join(f"{name}: {' '.join(sentences)}" for name, sentences in told)
