"""Who and what: people and robots, teams, services, environments, tokens."""

from catalog.models.environment import Environment
from catalog.models.second_factor import RecoveryCode, SecondFactor
from catalog.models.service import Service, ServiceDependency
from catalog.models.team import Membership, Team
from catalog.models.token import ApiToken
from catalog.models.user import User

__all__ = [
    "ApiToken",
    "Environment",
    "Membership",
    "RecoveryCode",
    "SecondFactor",
    "Service",
    "ServiceDependency",
    "Team",
    "User",
]
