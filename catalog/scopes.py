"""What an identified request may reach: the scopes of a token, the whole reach of a session."""

from typing import Self

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog.models import ApiToken, User
from catalog.models.token import Scope
from catalog.roles import AUDITORS, roles_of


class OutOfReach(PermissionDenied):
    """403: this identity may not do this. `code`, `message` and `remedy` say why."""

    def __init__(self, *, code: str, message: str, remedy: str) -> None:
        self.code, self.message, self.remedy = code, message, remedy
        super().__init__(f"{message} {remedy}", code)


class HasScope(BasePermission):
    """Lets through tokens with the scope, and every signed-in user but an auditor who writes.

    `permission_classes = [HasScope("changes:read", write="changes:write")]`: the first is asked of
    reading methods and, where no `write` is given, of all.
    """

    def __init__(self, read: str, *, write: str | None = None) -> None:
        self.read, self.write = Scope(read), Scope(write or read)

    def __call__(self) -> Self:
        return self

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.user, User):
            return False
        token = request.auth if isinstance(request.auth, ApiToken) else None
        reads = request.method in SAFE_METHODS
        demand(
            user=request.user,
            token=token,
            scope=self.read if reads else self.write,
            writes=not reads,
        )
        return True


def demand(*, user: User, token: ApiToken | None, scope: str, writes: bool) -> None:
    """Refuse, by raising `OutOfReach`, a token without `scope` and an auditor who `writes`.

    A session has every scope. Asking the gate and reporting to it is not writing for a robot, which
    is never an auditor: no query is spent on it.
    """
    if token is not None and not {scope, Scope.ADMIN} & set(token.scopes):
        raise OutOfReach(
            code="not_permitted",
            message=f"The token “{token.name}” lacks the scope {scope}.",
            remedy=f"Use a token issued with the scope {scope}.",
        )
    if writes and not user.is_robot and AUDITORS in roles_of(user):
        raise OutOfReach(
            code="not_permitted",
            message="Auditors read everything and change nothing.",
            remedy="Ask somebody outside the Auditors group to do it.",
        )


def covers(*, token: ApiToken | None, service: str, team: str) -> bool:
    """Whether a token reaches the service of this slug, owned by the team of that slug.

    A token limited to services and teams reaches what either names; a session reaches all.
    """
    if token is None or not (token.services or token.teams):
        return True
    return service in token.services or team in token.teams
