"""One's own API tokens: people make, rotate and revoke them within their own rights.

A token does what its user may; its scopes only narrow that. Still nobody gives a scope for what
they may not do anyway: it would begin to count the day they may.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet

from catalog import token_life, tokens
from catalog.models import ApiToken, User
from catalog.models.token import Scope
from catalog.roles import AUDITORS, CHANGE_MANAGERS, roles_of
from ledger import issued_tokens
from ledger.decision import Reason, refuse

AT_MOST: Final = 20
LONGEST_LIFE: Final = timedelta(days=366)
FOR_ALL: Final = (
    *(Scope.GATE, Scope.CHANGES_READ, Scope.CHANGES_WRITE),
    *(Scope.ALERTS_WRITE, Scope.INCIDENTS_WRITE),
)


class NoSuchToken(LookupError):
    """The person has no token of this number."""


def scopes_of(user: User) -> tuple[Scope, ...]:
    """The scopes a person may give to a token of their own."""
    roles = roles_of(user)
    if user.is_robot or not user.is_active:
        return ()
    if AUDITORS in roles and not user.is_superuser:
        return (Scope.CHANGES_READ,)
    windows = user.is_superuser or CHANGE_MANAGERS in roles
    more = {Scope.WINDOWS_WRITE: windows, Scope.ADMIN: user.is_superuser}
    return tuple(scope for scope in Scope if scope in FOR_ALL or more.get(scope))


def of(user: User, *, now: datetime) -> QuerySet[ApiToken]:
    """A person's tokens that open something, newest first."""
    lasts = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    return ApiToken.objects.filter(lasts, user=user, revoked_at=None).order_by("-pk")


@transaction.atomic
def make(
    *,
    user: User,
    name: str,
    scopes: Iterable[str],
    now: datetime,
    days: int = token_life.USUAL_LIFE.days,
    services: Sequence[str] = (),
    teams: Sequence[str] = (),
    environments: Sequence[str] = (),
) -> tuple[ApiToken, str]:
    """Make a token for oneself; answers it and its secret.

    Raises `Refused` for a scope that is not one's to give and for too many tokens, and
    `ValidationError`.
    """
    User.objects.select_for_update().get(pk=user.pk)
    asked = set(scopes)
    if beyond := sorted(asked - set(scopes_of(user))):
        raise _not_ones_own(beyond[0])
    if of(user, now=now).count() >= AT_MOST:
        raise _too_many()
    if not 1 <= days <= LONGEST_LIFE.days:
        raise ValidationError({"days": f"Give 1 to {LONGEST_LIFE.days} days."})
    try:
        return issued_tokens.issue(
            actor=user.username,
            user=user,
            name=name,
            scopes=asked,
            now=now,
            expires_at=now + timedelta(days=days),
            services=services,
            teams=teams,
            environments=environments,
        )
    except tokens.UnknownScope as unknown:
        raise ValidationError({"scopes": str(unknown)}) from None


def rotate(*, user: User, number: int, now: datetime) -> tuple[ApiToken, str]:
    """Replace one's own token; the old one is good for another day. Raises like `of_number`."""
    token = of_number(user=user, number=number)
    if beyond := sorted(set(token.scopes) - set(scopes_of(user))):
        raise _not_ones_own(beyond[0])
    return issued_tokens.rotate(actor=user.username, token=token, now=now)


def revoke(*, user: User, number: int, now: datetime) -> ApiToken:
    """End one's own token. Raises like `of_number`."""
    token = of_number(user=user, number=number)
    issued_tokens.revoke(actor=user.username, token=token, now=now)
    return token


def of_number(*, user: User, number: int) -> ApiToken:
    """The person's token of this number; raises `NoSuchToken` for one of somebody else too."""
    found = ApiToken.objects.filter(user=user, pk=number).select_related("user").first()
    if found is None:
        raise NoSuchToken("You have no such token.")
    return found


def _not_ones_own(scope: str) -> Exception:
    message = f"You may not give the scope {scope}, for you do not have it."
    remedy = "Choose less, or ask an administrator for a robot's token."
    return refuse("make token", Reason("not_permitted", message, remedy, source="people"))


def _too_many() -> Exception:
    message = f"You have {AT_MOST} tokens, which is the most."
    return refuse("make token", Reason("too_many_tokens", message, "Revoke one.", source="token"))
