"""Who acts: the user behind a request, for the writers that take an `actor`."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from rest_framework.request import Request

from catalog.models import ApiToken, Service, User
from catalog.scopes import OutOfReach, covers


def actor_of(request: HttpRequest | Request) -> User:
    """The user who sent a request; raises `PermissionDenied` where nobody is known."""
    if not isinstance(request.user, User):
        raise PermissionDenied("Sign in first.")
    return request.user


def demand_reach(request: Request, *, service: Service) -> None:
    """Refuse, by raising `OutOfReach`, a token that is limited to other services and teams."""
    token = request.auth if isinstance(request.auth, ApiToken) else None
    if token and not covers(token=token, service=service.slug, team=service.owner_team.slug):
        raise OutOfReach(
            code="not_permitted",
            message=f"The token “{token.name}” does not reach the service {service.slug}.",
            remedy="Use a token for this service or its team.",
        )
