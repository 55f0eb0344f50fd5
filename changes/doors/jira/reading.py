"""Deployments as they are submitted to Jira. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from changes.models import Deployment, DoorMapping
from changes.runs import Run

VENDOR = DoorMapping.Vendor.JIRA
GATE = "initiate_deployment_gating"
AT_MOST = 100
LONGEST_ID, LARGEST_NUMBER = 200, 2**53
REPORTS = {
    "in_progress": Deployment.Status.STARTED,
    "successful": Deployment.Status.SUCCEEDED,
    "failed": Deployment.Status.FAILED,
    "rolled_back": Deployment.Status.ROLLED_BACK,
}
STATES = frozenset({*REPORTS, "pending", "cancelled", "unknown"})


class Unread(ValueError):
    """What was submitted is not a deployment as Jira takes it; says why."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A deployment: its run, whether it asks to be gated, and what it reports, or ""."""

    run: Run
    is_gated: bool
    report: str
    words: Mapping[str, str]


def deployments_in(body: Mapping[str, Any]) -> list[Any]:
    """What a body submits; raises `Unread`."""
    told = body.get("deployments")
    if not isinstance(told, list) or not 0 < len(told) <= AT_MOST:
        raise Unread(f"deployments: Give a list of 1 to {AT_MOST}.")
    return told


def key_of(told: Any) -> dict[str, Any]:
    """What names a deployment, as far as it can be read."""
    given = told if isinstance(told, dict) else {}
    return {
        "pipelineId": _inside(given, "pipeline").get("id"),
        "environmentId": _inside(given, "environment").get("id"),
        "deploymentSequenceNumber": given.get("deploymentSequenceNumber"),
    }


def submitted(told: Any) -> Submitted:
    """One deployment; raises `Unread`."""
    key, given = key_of(told), told if isinstance(told, dict) else {}
    run = run_of(key["pipelineId"], key["environmentId"], key["deploymentSequenceNumber"])
    state = given.get("state")
    if state not in STATES:
        raise Unread(f"state: Give one of {', '.join(sorted(STATES))}.")
    commands = given.get("commands") or []
    if not isinstance(commands, list):
        raise Unread("commands: Give a list.")
    asks = [one.get("command") for one in commands if isinstance(one, dict)]
    revision = _commit(given) or f"{run.project}#{run.build}"[-120:]
    full = Run(VENDOR, run.names, run.stage, run.build, run.attempt, revision=revision)
    return Submitted(full, GATE in asks, REPORTS.get(state, ""), _words(given, full))


def run_of(pipeline: Any, environment: Any, number: Any) -> Run:
    """The run that a pipeline's, an environment's and a deployment's id name; raises `Unread`."""
    for name, text in (("pipeline", pipeline), ("environment", environment)):
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST_ID or "\x00" in text:
            raise Unread(f"{name}.id: Give a text of at most {LONGEST_ID} characters.")
    if type(number) is not int or not 0 <= number < LARGEST_NUMBER:
        raise Unread("deploymentSequenceNumber: Give a whole number.")
    return Run(VENDOR, (pipeline,), stage=environment, build=str(number), attempt="1")


def _words(given: Mapping[str, Any], run: Run) -> dict[str, str]:
    """Title and description of a normal change that is opened for it."""
    shown, described = given.get("displayName"), given.get("description")
    title = shown if isinstance(shown, str) and shown.strip() else str(run)
    words = {"title": f"Deploy {title.strip()}"[:200]}
    if isinstance(described, str) and described.strip():
        words["description"] = described.strip()[:10_000]
    return words


def _commit(given: Mapping[str, Any]) -> str:
    """The commit it is associated with, where there is one."""
    associations = given.get("associations")
    for one in associations if isinstance(associations, list) else ():
        if isinstance(one, dict) and one.get("associationType") == "commit":
            values = one.get("values")
            first = values[0] if isinstance(values, list) and values else None
            commit = first.get("commitHash") if isinstance(first, dict) else None
            if isinstance(commit, str) and 0 < len(commit) <= 120:
                return commit
    return ""


def _inside(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = given.get(name)
    return value if isinstance(value, dict) else {}
