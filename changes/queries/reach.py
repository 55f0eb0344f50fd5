"""How far a token reaches."""

from catalog.models import ApiToken
from changes.policies.reach import EVERYWHERE, Reach


def reach_of_token(token: ApiToken | None) -> Reach:
    """The services, teams and environments a token is limited to; everywhere without one."""
    if token is None or not (token.services or token.teams or token.environments):
        return EVERYWHERE
    return Reach(frozenset(token.services), frozenset(token.teams), frozenset(token.environments))
