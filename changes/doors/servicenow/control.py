"""What the DevOps action sends: a run that asks for its change, and then for its status. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from changes.doors.servicenow.fields import Written, written
from changes.models import DoorMapping
from changes.runs import Run

VENDOR = DoorMapping.Vendor.SERVICENOW
LONGEST = {
    "toolId": 100,
    "stageName": 200,
    "buildNumber": 120,
    "attemptNumber": 9,
    "sha": 120,
    "repository": 200,
    "workflow": 200,
    "branchName": 200,
    "pipelineName": 300,
}


class Malformed(ValueError):
    """The request is not what the action sends; says what is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Control:
    """A run that asks for its change, and what it tells of it."""

    run: Run
    written: Written


def control_in(body: Mapping[str, Any], *, tool: str) -> Control:
    """The run and its words in a body; `tool` is the one the address names, or "".

    Raises `Malformed` and `WrongField`.
    """
    told = {name: _text(body, name) for name in LONGEST if name != "pipelineName"}
    told["toolId"] = told["toolId"] or tool
    if tool and told["toolId"] != tool:
        raise Malformed("toolId: The address and the body name two different tools.")
    pipeline = f"{told['repository']}/{told['workflow']}"
    run = _run(told, pipeline=pipeline)
    details = body.get("changeRequestDetails") or {}
    attributes = details.get("attributes", {}) if isinstance(details, dict) else None
    if not isinstance(attributes, dict):
        raise Malformed("changeRequestDetails: Give an object with an object of attributes.")
    given = written(attributes)
    return Control(run, Written(_with_usual(given.words, told), given.ignored))


def run_in(query: Mapping[str, str]) -> Run:
    """The run whose status is asked for; raises `Malformed`."""
    names = ("toolId", "stageName", "buildNumber", "attemptNumber", "pipelineName")
    told = {name: _text(query, name) for name in names}
    if not told["pipelineName"]:
        raise Malformed("pipelineName: Name the pipeline.")
    return _run(told, pipeline=told["pipelineName"])


def _run(told: Mapping[str, str], *, pipeline: str) -> Run:
    """A mapping may name the pipeline, its repository, or the tool. A workflow that has no name
    goes by its path, so the repository is what stands before the second slash.
    """
    for name in ("toolId", "stageName", "buildNumber"):
        if not told[name]:
            raise Malformed(f"{name}: Give it, as the action does.")
    names = (pipeline, "/".join(pipeline.split("/")[:2]), told["toolId"])
    return Run(
        VENDOR,
        names=tuple(name for name in names if name.strip("/")),
        stage=told["stageName"],
        build=told["buildNumber"],
        attempt=told["attemptNumber"],
        tool=told["toolId"],
        revision=told.get("sha", ""),
    )


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"{name}: Give a text.")
    if "\x00" in value or len(value) > LONGEST[name]:
        raise Malformed(f"{name}: Give at most {LONGEST[name]} characters.")
    return value.strip()


def _with_usual(words: Mapping[str, Any], told: Mapping[str, str]) -> dict[str, Any]:
    """The words with a title and a description, where none were given."""
    branch = f" of {told['branchName']}" if told["branchName"] else ""
    usual = {
        "title": f"Deploy {told['repository']} {told['sha'][:12]} in {told['stageName']}"[:200],
        "description": f"Asked for by run {told['buildNumber']} of {told['workflow']} in "
        f"{told['repository']}, for {told['sha']}{branch}.",
    }
    return {**usual, **words}
