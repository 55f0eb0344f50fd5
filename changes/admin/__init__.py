"""The CAB's desk in the admin: changes to vote on, rules, windows, templates."""

from changes.admin.queue import ChangeAdmin
from changes.admin.records import (
    CheckAdmin,
    DeploymentAdmin,
    GateAnswerAdmin,
    PlanVersionAdmin,
    RequirementAdmin,
    VoteAdmin,
)
from changes.admin.rules import ApprovalRuleAdmin
from changes.admin.templates import TemplateAdmin
from changes.admin.windows import WindowAdmin

__all__ = [
    "ApprovalRuleAdmin",
    "ChangeAdmin",
    "CheckAdmin",
    "DeploymentAdmin",
    "GateAnswerAdmin",
    "PlanVersionAdmin",
    "RequirementAdmin",
    "TemplateAdmin",
    "VoteAdmin",
    "WindowAdmin",
]
