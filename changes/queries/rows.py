"""Digests of rows as they stand, to compare with what the ledger last recorded of them."""

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby

from django.db.models import QuerySet

from changes.models import (
    Absence,
    AgendaItem,
    AlertmanagerServer,
    ApprovalDeadline,
    ApprovalRule,
    AzureHost,
    Board,
    CatalogueRule,
    Change,
    Check,
    CheckRule,
    Delegation,
    Deployment,
    DetectionRule,
    DoorMapping,
    DoorRun,
    EnvironmentLock,
    FailMode,
    GithubApp,
    IncidentLink,
    ListedTime,
    Meeting,
    Minute,
    Override,
    PermitRevocation,
    PlanVersion,
    PolicyRule,
    PolicyVersion,
    PrometheusServer,
    Requirement,
    RiskThreshold,
    Rollback,
    RolloutStep,
    Task,
    TaskRule,
    Template,
    TemplateVersion,
    Vote,
    Window,
)
from ledger import rows
from ledger.canonical import sha256_hex
from ledger.decision import rfc3339

Named = (
    Window
    | PolicyRule
    | RiskThreshold
    | TaskRule
    | CheckRule
    | PrometheusServer
    | AlertmanagerServer
    | Board
    | CatalogueRule
    | Absence
    | ApprovalDeadline
    | Delegation
    | DetectionRule
    | DoorMapping
    | IncidentLink
    | GithubApp
    | AzureHost
)
Beside = (
    Check
    | Deployment
    | DoorRun
    | PermitRevocation
    | PlanVersion
    | Requirement
    | Rollback
    | RolloutStep
    | Task
)
WORDS = {
    Check: "check",
    Deployment: "deployment",
    DoorRun: "run",
    PermitRevocation: "revocation",
    PlanVersion: "plan",
    Requirement: "requirement",
    Rollback: "rollback",
    RolloutStep: "step",
    Task: "task",
}


def row_digest(change: Change) -> str:
    """SHA-256 over what the change says."""
    return rows.digest(change)


def vote_digest(vote: Vote) -> str:
    """SHA-256 over what the vote says."""
    return rows.digest(vote)


def override_digest(override: Override) -> str:
    """SHA-256 over what the override says."""
    return rows.digest(override)


def vote_ref(vote: Vote) -> str:
    """How the ledger names a vote: `CHG-12 vote 7`."""
    return f"CHG-{vote.change_id} vote {vote.pk}"


def ref_beside(row: Beside) -> str:
    """How the ledger names what stands beside a change: `CHG-12 plan 3`, `CHG-12 check 7`."""
    if isinstance(row, Task):
        return row.ref
    number = row.version if isinstance(row, PlanVersion) else row.pk
    return f"CHG-{row.change_id} {WORDS[type(row)]} {number}"


def rule_ref(rule: ApprovalRule) -> str:
    """How the ledger names an approval rule: `RULE-3`."""
    return f"RULE-{rule.pk}"


def template_ref(template: Template) -> str:
    """How the ledger names a template: `template:restart-service`."""
    return f"template:{template.slug}"


def template_digest(template: Template) -> str:
    """SHA-256 over what the template says, and the services it may be used for."""
    slugs = sorted(service.slug for service in template.services.all())
    return rows.digest(template, besides={"services": slugs})


def times_ref(window: Window) -> str:
    """How the ledger names the times that a window's calendar lists: `WIN-7 times`."""
    return f"{window.ref} times"


def times_digest(window: Window) -> str | None:
    """SHA-256 over the times that a calendar lists for a window; None where there are none."""
    return next((digest for _, digest in _times(ListedTime.objects.filter(window=window))), None)


def _times(rows: QuerySet[ListedTime]) -> Iterator[tuple[str, str]]:
    """(ref, digest) of the times of each window, those that are over too."""
    told = rows.order_by("window_id", "starts_at", "ends_at", "summary")
    columns = told.values_list("window_id", "starts_at", "ends_at", "summary")
    for number, times in groupby(columns.iterator(chunk_size=2000), key=lambda row: row[0]):
        listed = [[rfc3339(starts), rfc3339(ends), summary] for _, starts, ends, summary in times]
        yield times_ref(Window(pk=number)), sha256_hex(listed)


def _each(model: type[Named]) -> Callable[[], Iterator[tuple[str, str]]]:
    """Gives (ref, digest) of every row of a model whose rows name themselves."""
    return lambda: ((row.ref, rows.digest(row)) for row in model._default_manager.order_by("pk"))


def _rules() -> Iterator[tuple[str, str]]:
    return ((rule_ref(one), rows.digest(one)) for one in ApprovalRule.objects.order_by("pk"))


def _templates() -> Iterator[tuple[str, str]]:
    every = Template.objects.order_by("pk").prefetch_related("services")
    return ((template_ref(one), template_digest(one)) for one in every)


def version_ref(version: PolicyVersion) -> str:
    """How the ledger names a version of a policy rule: `POL-3 v2`."""
    return f"POL-{version.rule_id} v{version.version}"


def _versions() -> Iterator[tuple[str, str]]:
    every = PolicyVersion.objects.order_by("pk").iterator(chunk_size=2000)
    return ((version_ref(one), rows.digest(one)) for one in every)


def _standard_versions() -> Iterator[tuple[str, str]]:
    every = TemplateVersion.objects.select_related("template").order_by("pk")
    return ((one.ref, rows.digest(one)) for one in every)


def _locks() -> Iterator[tuple[str, str]]:
    every = EnvironmentLock.objects.select_related("environment").order_by("pk")
    return ((one.row_ref, rows.digest(one)) for one in every)


def _fail_modes() -> Iterator[tuple[str, str]]:
    every = FailMode.objects.select_related("environment").order_by("pk")
    return ((one.ref, rows.digest(one)) for one in every)


# What is kept by hand, by kind: gives (ref, digest). A kind that is added is taken up once in a
# database that was there before (see `ledger.taking_up`), so that what it holds is no fault.
KEPT: Mapping[str, Callable[[], Iterator[tuple[str, str]]]] = {
    "windows": _each(Window),
    "listed times": lambda: _times(ListedTime.objects.all()),
    "approval rules": _rules,
    "policy rules": _each(PolicyRule),
    "policy versions": _versions,
    "risk thresholds": _each(RiskThreshold),
    "task rules": _each(TaskRule),
    "check rules": _each(CheckRule),
    "Prometheus servers": _each(PrometheusServer),
    "Alertmanager servers": _each(AlertmanagerServer),
    "templates": _templates,
    "template versions": _standard_versions,
    "boards": _each(Board),
    "catalogue rules": _each(CatalogueRule),
    "locks": _locks,
    "absences": _each(Absence),
    "delegations": _each(Delegation),
    "approval deadlines": _each(ApprovalDeadline),
    "door mappings": _each(DoorMapping),
    "fail modes": _fail_modes,
    "incident links": _each(IncidentLink),
    "detection": _each(DetectionRule),
    "GitHub apps": _each(GithubApp),
    "Azure DevOps hosts": _each(AzureHost),
}


def row_digests() -> Iterator[tuple[str, str]]:
    """(ref, digest) of every change and of all that stands beside one, streamed."""
    for change in Change.objects.order_by("pk").iterator(chunk_size=2000):
        yield change.ref, row_digest(change)
    for vote in Vote.objects.order_by("pk").iterator(chunk_size=2000):
        yield vote_ref(vote), vote_digest(vote)
    for override in Override.objects.order_by("pk").iterator(chunk_size=2000):
        yield override.row_ref, override_digest(override)
    for model in WORDS:
        for row in rows.streamed(model._default_manager.all()):
            yield ref_beside(row), rows.digest(row)
    for meeting in rows.streamed(Meeting.objects.all()):
        yield meeting.ref, rows.digest(meeting)
    for item in rows.streamed(AgendaItem.objects.all()):
        yield item.ref, rows.digest(item)
    for line in rows.streamed(Minute.objects.select_related("item")):
        yield line.ref, rows.digest(line)
