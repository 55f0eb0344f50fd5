"""The CAB's desk in the admin: changes to vote on, rules, windows, templates."""

from changes.admin.checks import CheckRuleAdmin, CheckRunAdmin, PrometheusServerAdmin
from changes.admin.deadlines import ApprovalDeadlineAdmin
from changes.admin.doors import DoorMappingAdmin, DoorRunAdmin
from changes.admin.fail_modes import FailModeAdmin
from changes.admin.feeds import FeedAdmin
from changes.admin.github_apps import GithubAppAdmin
from changes.admin.leave import AbsenceAdmin, DelegationAdmin
from changes.admin.levels import RiskThresholdAdmin
from changes.admin.locks import EnvironmentLockAdmin, QueuePlaceAdmin
from changes.admin.meetings import BoardAdmin, MeetingAdmin
from changes.admin.policies import PolicyRuleAdmin
from changes.admin.queue import ChangeAdmin
from changes.admin.records import (
    CheckAdmin,
    DeploymentAdmin,
    GateAnswerAdmin,
    OverrideAdmin,
    PlanVersionAdmin,
    RequirementAdmin,
    TemplateVersionAdmin,
    VoteAdmin,
)
from changes.admin.rules import ApprovalRuleAdmin
from changes.admin.seen import DetectionRuleAdmin, SeenDeploymentAdmin
from changes.admin.silences import AlertmanagerServerAdmin, SilenceAdmin
from changes.admin.tasks import TaskAdmin, TaskRuleAdmin
from changes.admin.templates import CatalogueRuleAdmin, TemplateAdmin
from changes.admin.waiting_runs import AzureHostAdmin, WaitingRunAdmin
from changes.admin.windows import WindowAdmin

__all__ = [
    "AbsenceAdmin",
    "AlertmanagerServerAdmin",
    "ApprovalDeadlineAdmin",
    "ApprovalRuleAdmin",
    "AzureHostAdmin",
    "BoardAdmin",
    "CatalogueRuleAdmin",
    "ChangeAdmin",
    "CheckAdmin",
    "CheckRuleAdmin",
    "CheckRunAdmin",
    "DelegationAdmin",
    "DeploymentAdmin",
    "DetectionRuleAdmin",
    "DoorMappingAdmin",
    "DoorRunAdmin",
    "EnvironmentLockAdmin",
    "FailModeAdmin",
    "FeedAdmin",
    "GateAnswerAdmin",
    "GithubAppAdmin",
    "MeetingAdmin",
    "OverrideAdmin",
    "PlanVersionAdmin",
    "PolicyRuleAdmin",
    "PrometheusServerAdmin",
    "QueuePlaceAdmin",
    "RequirementAdmin",
    "RiskThresholdAdmin",
    "SeenDeploymentAdmin",
    "SilenceAdmin",
    "TaskAdmin",
    "TaskRuleAdmin",
    "TemplateAdmin",
    "TemplateVersionAdmin",
    "VoteAdmin",
    "WaitingRunAdmin",
    "WindowAdmin",
]
