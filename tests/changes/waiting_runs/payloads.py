"""What GitHub sends of a job that waits, in the shape of its documentation."""

from typing import Any

SHA = "4f1c2d9" + "0" * 33
API = "https://api.github.com"


def protection_rule(
    *,
    api: str = API,
    repository: str = "acme/shop",
    environment: str = "live",
    run_id: int = 801,
    deployment: int = 55,
    installation: int = 7,
    sha: str = SHA,
    **given: Any,
) -> dict[str, Any]:
    """`deployment_protection_rule`, with what newer ones say at the top as well."""
    return {
        "action": "requested",
        "environment": environment,
        "event": "push",
        "ref": "refs/heads/main",
        "sha": sha,
        "deployment_callback_url": f"{api}/repos/{repository}/actions/runs/{run_id}"
        "/deployment_protection_rule",
        "deployment": {"id": deployment, "sha": sha, "ref": "main", "environment": environment},
        "pull_requests": [],
        "repository": {"id": 1, "name": repository.split("/")[1], "full_name": repository},
        "organization": {"login": repository.split("/", 1)[0]},
        "installation": {"id": installation},
        "sender": {"login": "octocat"},
    } | given


def deployment_status(state: str, *, deployment: int = 55) -> dict[str, Any]:
    return {
        "action": "created",
        "deployment_status": {"id": 9, "state": state, "description": "Job finished"},
        "deployment": {"id": deployment, "sha": SHA, "environment": "live"},
        "repository": {"full_name": "acme/shop"},
        "installation": {"id": 7},
    }
