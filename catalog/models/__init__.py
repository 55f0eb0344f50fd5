"""Who and what: people and robots, teams, services, environments, tokens."""

from catalog.models.environment import Environment
from catalog.models.second_factor import RecoveryCode, SecondFactor
from catalog.models.service import Service, ServiceDependency
from catalog.models.team import Membership, Team
from catalog.models.token import ApiToken
from catalog.models.trust import Issuer, IssuerKeys, SpentSubject, TrustRule
from catalog.models.user import User

__all__ = [
    "ApiToken",
    "Environment",
    "Issuer",
    "IssuerKeys",
    "Membership",
    "RecoveryCode",
    "SecondFactor",
    "Service",
    "ServiceDependency",
    "SpentSubject",
    "Team",
    "TrustRule",
    "User",
]
