"""Who knocks: other tools show our API tokens in the ways their vendor knows."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from secrets import compare_digest

from catalog import tokens
from catalog.authentication import NotIdentified
from catalog.models import ApiToken, User
from catalog.models.token import Scope
from catalog.scopes import demand
from changes.policies.reach import Reach
from changes.queries.reach import reach_of_token

DEVOPS = "sn_devops.devopstoken"


@dataclass(frozen=True, slots=True)
class Shown:
    """What an Authorization header shows: a token's secret, and whose or which tool's it is said
    to be, or "".
    """

    secret: str
    username: str = ""
    tool: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever bears the token."""

    user: User
    token: ApiToken

    @property
    def reach(self) -> Reach:
        """How far the token reaches."""
        return reach_of_token(self.token)

    def demand(self, scope: Scope, *, writes: bool = False) -> None:
        """Raise `OutOfReach` where the token lacks the scope, or an auditor would write."""
        demand(user=self.user, token=self.token, scope=scope, writes=writes)


def shown_by(header: str) -> Shown:
    """What an Authorization header shows: `Bearer …`, `Basic …` or `sn_devops.DevOpsToken …`.

    Raises `NotIdentified` for any other.
    """
    scheme, _, rest = header.strip().partition(" ")
    rest = rest.strip()
    match scheme.lower():
        case "bearer":
            return Shown(rest)
        case "basic":
            username, _, secret = _decoded(rest).partition(":")
            return Shown(secret, username=username)
        case scheme if scheme == DEVOPS:
            tool, _, secret = rest.partition(":")
            return Shown(secret, tool=tool)
    raise _nobody("The request names nobody.")


def caller(shown: Shown, *, now: datetime) -> Caller:
    """Whose token is shown; raises `NotIdentified`, also where it is not the user's who is named.

    A person's name and a password opens nothing here: what is given away to a tool can be revoked.
    """
    try:
        token = tokens.identify(secret=shown.secret, now=now)
    except tokens.TokenRefused as refused:
        raise NotIdentified(
            code=refused.code, message=refused.message, remedy=refused.remedy
        ) from None
    if shown.username and not _same(shown.username, token.user.username):
        raise _nobody("The user name is not the one the API token was issued to.")
    return Caller(token.user, token)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        raise _nobody("The credentials are no Base64 of UTF-8.") from None


def _same(one: str, other: str) -> bool:
    return compare_digest(one.encode(), other.encode())


def _nobody(message: str) -> NotIdentified:
    return NotIdentified(
        code="not_identified",
        message=message,
        remedy="Show an API token of Tidegate as the tool's secret.",
    )
