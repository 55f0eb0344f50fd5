"""What GitHub's webhooks about deployments say. Pure.

Source: GitHub's documentation of webhook events (`deployment_protection_rule`,
`deployment_status`) and of custom deployment protection rules.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}", re.ASCII)
_CALLBACK = re.compile(
    r"/repos/([^/]+/[^/]+)/actions/runs/([0-9]{1,20})/deployment_protection_rule", re.ASCII
)
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?", re.ASCII)
LONGEST_NAME = 200
HEADERS = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}


class Misread(ValueError):
    """A payload is not what GitHub documents; says what is wrong."""


@dataclass(frozen=True, slots=True)
class Requested:
    """A job that waits for the app's answer. `installation` and `deployment` are GitHub's ids."""

    repository: str
    environment: str
    run_id: int
    sha: str
    installation: int
    deployment: int

    @property
    def key(self) -> str:
        """How one wait is told from another: each attempt of a run has a deployment of its own."""
        return f"{self.repository.lower()} {self.run_id} {self.deployment} {self.environment}"


@dataclass(frozen=True, slots=True)
class Reported:
    """How a deployment stands, in GitHub's word."""

    repository: str
    deployment: int
    state: str
    words: str


def requested(payload: Any, *, api_url: str) -> Requested:
    """The request in a `deployment_protection_rule` payload; raises `Misread`.

    The run's number stands in no other place than the callback's address. That is taken apart, and
    refused where it is not the address we would go to ourselves.
    """
    body = _object(payload, "The body")
    repository = _repository(body)
    deployment = _object(body.get("deployment"), "deployment")
    return Requested(
        repository=repository,
        environment=_text(body, "environment"),
        run_id=_run_id(_text(body, "deployment_callback_url"), repository, api_url=api_url),
        sha=_sha(deployment.get("sha") or body.get("sha")),
        installation=_number(_object(body.get("installation"), "installation"), "id"),
        deployment=_number(deployment, "id"),
    )


def reported(payload: Any) -> Reported:
    """The report in a `deployment_status` payload; raises `Misread`."""
    body = _object(payload, "The body")
    status = _object(body.get("deployment_status"), "deployment_status")
    return Reported(
        repository=_repository(body),
        deployment=_number(_object(body.get("deployment"), "deployment"), "id"),
        state=_text(status, "state"),
        words=str(status.get("description") or "")[:LONGEST_NAME],
    )


def callback_url(*, api_url: str, repository: str, run_id: int) -> str:
    """Where a run is answered, made from what we know and never from what we were sent."""
    return f"{run_url(api_url=api_url, repository=repository, run_id=run_id)}/{_RULE}"


def run_url(*, api_url: str, repository: str, run_id: int) -> str:
    """The API's address of a run."""
    return f"{api_url.rstrip('/')}/repos/{repository}/actions/runs/{run_id}"


_RULE = "deployment_protection_rule"


def _run_id(url: str, repository: str, *, api_url: str) -> int:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Misread("deployment_callback_url is no address.") from None
    found = _CALLBACK.search(parts.path)
    if found is None:
        raise Misread("deployment_callback_url names no run.")
    run_id = int(found[2])
    ours = callback_url(api_url=api_url, repository=repository, run_id=run_id)
    if url.lower() != ours.lower():
        raise Misread(
            f"deployment_callback_url leads to {parts.hostname} and not to where the app "
            f"is answered, {ours}. Correct the app’s API address if that is wrong."
        )
    return run_id


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Misread(f"{name} is not an object.")
    return value


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or "\x00" in value:
        raise Misread(f"{name} is missing.")
    return value


def _number(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        raise Misread(f"{name} is not a number.")
    return value


def _sha(value: Any) -> str:
    if not isinstance(value, str) or not _SHA.fullmatch(value):
        raise Misread("deployment.sha is no commit.")
    return value


def _repository(body: dict[str, Any]) -> str:
    name = _text(_object(body.get("repository"), "repository"), "full_name")
    if not _REPOSITORY.fullmatch(name) or ".." in name:
        raise Misread("repository.full_name is no repository.")
    return name
