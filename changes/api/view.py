"""What every endpoint shares: how far its caller reaches, and what becomes of unknown refs."""

from typing import Any, cast

from django.core.exceptions import ValidationError
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import ApiToken
from catalog.scopes import HasScope
from changes.lifecycle import NoSuchTask
from changes.models import Change
from changes.policies.reach import Reach
from changes.queries import NoSuchChange
from changes.queries.calendar import NoSuchWindow
from changes.queries.facts import NoSuchPlace
from changes.queries.names import missing, there_is_no
from changes.queries.overrides import NoSuchOverride
from changes.queries.permits import NoSuchPermit
from changes.queries.reach import reach_of_token
from changes.queries.refs import number_of
from changes.queries.templates import NoSuchTemplate
from incidents.models import Incident
from ledger.decision import Reason, refuse

SCOPES = (HasScope("changes:read", write="changes:write"),)
_NOT_FOUND = (
    NoSuchChange,
    NoSuchTask,
    NoSuchWindow,
    NoSuchOverride,
    NoSuchPermit,
    NoSuchTemplate,
)


class ApiView(APIView):
    """An endpoint: reads the request, makes one call, shows the answer."""

    http_method_names = ("get", "head", "post", "patch", "delete")
    permission_classes: Any = SCOPES

    def handle_exception(self, exc: Exception) -> Response:
        """Let the domain's look-ups that failed be worded like every other refusal."""
        if isinstance(exc, _NOT_FOUND):
            return super().handle_exception(Http404(str(exc)))
        if isinstance(exc, Incident.DoesNotExist):
            return super().handle_exception(Http404("There is no such incident."))
        if isinstance(exc, NoSuchPlace):
            return super().handle_exception(unknown_place(exc))
        return super().handle_exception(exc)


def token_of(request: Request) -> ApiToken | None:
    """The token a program sent; None for a signed-in browser."""
    return cast("ApiToken | None", request.auth)


def reach_of(request: Request) -> Reach:
    """How far the caller's token reaches; a session reaches everywhere."""
    return reach_of_token(token_of(request))


def demand_whole_reach(
    request: Request, verb: str, *, why: str, remedy: str = "Use a token without limits."
) -> None:
    """Raise `Refused` for a token that is limited, where only the whole will do.

    `why` ends the sentence “The token is limited to some services, and …”.
    """
    if reach_of(request).limited:
        told = f"The token is limited to some services, and {why}."
        raise refuse(verb, Reason("not_permitted", told, remedy, source="token"))


def demand_reach(request: Request, ref: str) -> None:
    """Raise `Refused` for a change beyond the caller's token, `NoSuchChange` for none.

    No statement for a token without limits: the call that follows finds out by itself.
    """
    reach = reach_of(request)
    if not reach.limited:
        return
    places = Change.objects.filter(pk=number_of(ref))
    place = places.values_list("service__slug", "team__slug", "environment__slug").first()
    if place is None:
        raise NoSuchChange(ref)
    service, team, environment = place
    reach.demand(service=service, team=team, environment=environment, ref=ref)


def unknown_place(problem: NoSuchPlace) -> ValidationError:
    """Which of service and environment is unknown, as wrong fields."""
    asked = {"service": problem.service, "environment": problem.environment}
    wrong = {kind: there_is_no(kind, slug) for kind, slug in asked.items() if missing(kind, [slug])}
    return ValidationError(wrong or {"service": str(problem)})
