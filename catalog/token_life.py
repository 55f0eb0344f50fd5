"""How long API tokens live, and what is risky about one. Pure: rows in, words out."""

from datetime import datetime, timedelta
from enum import StrEnum

from catalog.models import ApiToken
from catalog.models.token import Scope

USUAL_LIFE = timedelta(days=90)
LONGEST_LIFE = timedelta(days=3650)
LONG_LIFE = timedelta(days=366)
UNUSED_FOR = timedelta(days=90)
USUAL_OVERLAP = timedelta(days=1)
LONGEST_OVERLAP = timedelta(days=7)


class Risk(StrEnum):
    """What a reader should look at twice."""

    NEVER_ENDS = "never_ends"
    LONG_LIVED = "long_lived"
    DEPLOYS_ANYTHING = "deploys_anything"
    UNUSED = "unused"


SAYS = {
    Risk.NEVER_ENDS: "never ends",
    Risk.LONG_LIVED: "lives for more than a year",
    Risk.DEPLOYS_ANYTHING: "deploys any service",
    Risk.UNUSED: f"not used for {UNUSED_FOR.days} days",
}


def standing(token: ApiToken, *, now: datetime) -> str:
    """Whether it opens anything now: valid, expired, revoked."""
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at is not None and token.expires_at <= now else "valid"


def risks(token: ApiToken, *, now: datetime) -> tuple[Risk, ...]:
    """What is risky about a token that opens something; nothing about another."""
    if standing(token, now=now) != "valid":
        return ()
    found = {
        Risk.NEVER_ENDS: token.expires_at is None,
        Risk.LONG_LIVED: token.expires_at is not None
        and token.expires_at - token.created_at > LONG_LIFE,
        Risk.DEPLOYS_ANYTHING: deploys_anything(
            token.scopes, services=token.services, teams=token.teams
        ),
        Risk.UNUSED: now - (token.last_used_at or token.created_at) >= UNUSED_FOR,
    }
    return tuple(risk for risk, holds in found.items() if holds)


def deploys_anything(scopes: list[str], *, services: list[str], teams: list[str]) -> bool:
    """Whether somebody with these scopes and limits may deploy every service there is."""
    return bool({Scope.GATE, Scope.ADMIN} & set(scopes)) and not (services or teams)


def life_of_next(token: ApiToken) -> timedelta:
    """How long the token that replaces this one lives: as long as it did, or as is usual."""
    if token.expires_at is None:
        return USUAL_LIFE
    return token.expires_at - token.created_at
