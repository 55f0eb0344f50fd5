"""What changes are made of, as rows."""

from changes.models.change import Change
from changes.models.check import Check
from changes.models.deployment import Deployment
from changes.models.gate import GateAnswer
from changes.models.plan import PlanVersion
from changes.models.rule import ApprovalRule, Requirement
from changes.models.search import SearchText
from changes.models.template import Template
from changes.models.vote import Vote
from changes.models.window import Window

__all__ = [
    "ApprovalRule",
    "Change",
    "Check",
    "Deployment",
    "GateAnswer",
    "PlanVersion",
    "Requirement",
    "SearchText",
    "Template",
    "Vote",
    "Window",
]
