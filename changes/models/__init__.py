"""What changes are made of, as rows."""

from changes.models.azure import AzureHost
from changes.models.backtest import Backtest, BacktestHit
from changes.models.calendar import Calendar, ListedTime
from changes.models.change import Change
from changes.models.check import Check
from changes.models.check_rule import CheckRule, PrometheusServer
from changes.models.check_run import CheckRun, CheckSample
from changes.models.clock import ClockNotice
from changes.models.conflict import Conflict, ConflictCheck
from changes.models.deadline import ApprovalDeadline, VoteDue
from changes.models.deployment import Deployment
from changes.models.door import DoorMapping
from changes.models.door_run import DoorRun
from changes.models.fail_mode import FailMode
from changes.models.feed import Feed
from changes.models.gate import GateAnswer
from changes.models.github import GithubApp
from changes.models.history import TrackRecord, TrackRecordCount, TrackRecordDay
from changes.models.incident_link import IncidentLink
from changes.models.leave import Absence, Delegation
from changes.models.levels import RiskThreshold
from changes.models.lock import EnvironmentLock
from changes.models.meeting import AgendaItem, Board, Meeting, Minute
from changes.models.override import Override
from changes.models.plan import PlanVersion
from changes.models.policy import PolicyBook, PolicyRule, PolicyVersion
from changes.models.queue import QueuePlace
from changes.models.reservation import Reservation
from changes.models.revocation import PermitRevocation
from changes.models.rollback import Rollback
from changes.models.rollout import RolloutStep, StepLook, StepMeasure
from changes.models.rule import ApprovalRule, Requirement
from changes.models.search import SearchText
from changes.models.seen import DetectionRule, SeenDeployment
from changes.models.seen_days import SeenDay, SeenMark, SeenTally
from changes.models.silence import AlertmanagerServer, Silence
from changes.models.task import Task
from changes.models.task_rule import TaskRule
from changes.models.template import CatalogueRule, Template, TemplateVersion
from changes.models.vote import Vote
from changes.models.waiting_run import WaitingRun
from changes.models.window import Window

__all__ = [
    "Absence",
    "AgendaItem",
    "AlertmanagerServer",
    "ApprovalDeadline",
    "ApprovalRule",
    "AzureHost",
    "Backtest",
    "BacktestHit",
    "Board",
    "Calendar",
    "CatalogueRule",
    "Change",
    "Check",
    "CheckRule",
    "CheckRun",
    "CheckSample",
    "ClockNotice",
    "Conflict",
    "ConflictCheck",
    "Delegation",
    "Deployment",
    "DetectionRule",
    "DoorMapping",
    "DoorRun",
    "EnvironmentLock",
    "FailMode",
    "Feed",
    "GateAnswer",
    "GithubApp",
    "IncidentLink",
    "ListedTime",
    "Meeting",
    "Minute",
    "Override",
    "PermitRevocation",
    "PlanVersion",
    "PolicyBook",
    "PolicyRule",
    "PolicyVersion",
    "PrometheusServer",
    "QueuePlace",
    "Requirement",
    "Reservation",
    "RiskThreshold",
    "Rollback",
    "RolloutStep",
    "SearchText",
    "SeenDay",
    "SeenDeployment",
    "SeenMark",
    "SeenTally",
    "Silence",
    "StepLook",
    "StepMeasure",
    "Task",
    "TaskRule",
    "Template",
    "TemplateVersion",
    "TrackRecord",
    "TrackRecordCount",
    "TrackRecordDay",
    "Vote",
    "VoteDue",
    "WaitingRun",
    "Window",
]
