"""GitHub and GitLab, as their runners run our files: they run the one client, and obey it."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.clients.hostile import Hostile, gives
from tests.clients.integrations import CLIENTS, EVIL, Ran, prepared, read, run
from tests.clients.pins import PINNED, digest, pinned
from tests.clients.test_log import GITHUB, GITLAB

PLACE = {
    "TIDEGATE_SERVICE": "refunds",
    "TIDEGATE_ENVIRONMENT": "production",
    "TIDEGATE_REVISION": "4f1c2d9",
}


@pytest.mark.parametrize("name", PINNED)
def test_each_pins_the_client_as_it_is(name: str):
    assert pinned(name) == [digest()], "run: python -m tests.clients.pins"


# GitHub


def github(
    folder: Path, hostile: Hostile, *, job: dict[str, str] | None = None, **inputs: str
) -> Ran:
    """Run the action's step as its runner does, with the inputs given and the others' defaults."""
    action = read("github/action.yml")
    (step,) = action["runs"]["steps"]
    context = {
        "${{ github.sha }}": GITHUB["GITHUB_SHA"],
        "${{ runner.temp }}": str(folder),
    }
    variables = {**GITHUB, **(job or {}), "GITHUB_ACTION_PATH": str(CLIENTS / "github")}
    variables["GITHUB_OUTPUT"] = str(folder / "output")
    assert set(inputs) <= set(action["inputs"])
    for name, value in step["env"].items():
        match = re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) }}", str(value))
        said = (
            inputs.get(match[1], action["inputs"][match[1]].get("default", "")) if match else value
        )
        for word, meant in context.items():
            said = said.replace(word, meant)
        assert "${{" not in said
        variables[name] = said
    for name in ("TIDEGATE_URL", "TIDEGATE_TOKEN"):
        variables.pop(name)
    assert "${{" not in step["run"]
    (folder / "step.sh").write_text(step["run"])
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(folder / "step.sh")]
    return run(shell, folder=folder, hostile=hostile, **variables)


def test_the_action_for_github_asks_and_reports(hostile: Hostile, tmp_path: Path):
    prepared(hostile, "allow")
    place = {"service": "refunds", "environment": "production"}

    ended = github(tmp_path, hostile, **place)
    reported = github(tmp_path, hostile, command="started", **place)

    assert (ended.code, reported.code) == (0, 0), ended.said + reported.said
    outputs = (tmp_path / "output").read_text().splitlines()
    assert outputs[:3] == ["decision=allow", "change=CHG-7", "decision-id=d1"]
    named = {one["value"] for one in read("github/action.yml")["outputs"].values()}
    for one in outputs[:3]:
        name = one.partition("=")[0]
        assert f"${{{{ steps.tidegate.outputs.{name} }}}}" in named
    asked = [body for _, path, _, body in hostile.asked if path == "/api/v1/gate"]
    assert asked[0]["revision"] == GITHUB["GITHUB_SHA"]
    assert hostile.asked[-1][3]["permit"] == (tmp_path / "tidegate-permit").read_text()


def test_the_action_for_github_exchanges_the_jobs_own_token(hostile: Hostile, tmp_path: Path):
    prepared(hostile, "allow")
    place = {"service": "refunds", "environment": "production"}

    before = github(tmp_path, hostile, token="", oidc="true", **place)
    hostile.told("/api/v1/oidc/token", gives({"access_token": "tg_1", "expires_in": 900}))
    hostile.told("/id", gives({"value": "job.token"}))
    where = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{hostile.url}/id?v=2"}
    where["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = "of-the-runner"
    after = github(tmp_path, hostile, job=where, oidc="true", audience="us", **place)

    assert (before.code, after.code) == (2, 0), after.said
    assert "id-token: write" in before.said
    assert hostile.asked[0][1] == "/id?v=2&audience=us"
    (asked,) = [headers for _, path, headers, _ in hostile.asked if path == "/api/v1/gate"]
    assert asked["Authorization"] == "Bearer tg_1"


def test_the_action_for_github_fails_for_anything_but_allow(hostile: Hostile, tmp_path: Path):
    prepared(hostile, "deny")

    ended = github(tmp_path, hostile, service=EVIL, environment="production", change=EVIL)

    assert ended.code == 1
    assert "::error title=Tidegate::production is frozen until Mon." in ended.said
    assert hostile.asked[0][3]["service"] == EVIL


def test_the_action_for_github_runs_no_other_client(hostile: Hostile, tmp_path: Path):
    shutil.copytree(CLIENTS / "github", tmp_path / "clients" / "github")
    (tmp_path / "clients" / "tidegate.py").write_text("print('owned')\n")
    (step,) = read("github/action.yml")["runs"]["steps"]
    variables = {
        "GITHUB_ACTION_PATH": str(tmp_path / "clients" / "github"),
        "COMMAND": "gate",
        "TIDEGATE_CLIENT_SHA256": step["env"]["TIDEGATE_CLIENT_SHA256"],
    }

    ended = run(["bash", "-ec", step["run"]], folder=tmp_path, hostile=hostile, **variables)

    assert (ended.code, "owned" in ended.said) == (2, False)
    assert "is not the file that this action was made for" in ended.said


# GitLab


def gitlab(folder: Path, hostile: Hostile, job: str, **variables: str) -> Ran:
    """Run a job's script as GitLab's runner does where there is no bash."""
    file = read("gitlab/tidegate.gitlab-ci.yml")

    def lines(script: list[Any]) -> list[str]:
        return [
            line
            for one in script
            for line in (lines(file[one[0]]) if isinstance(one, tuple) else [one])
        ]

    said = file[".tidegate"]["variables"] | file.get(job, {}).get("variables", {})
    script = "\n".join(lines(file[job]["script"]))
    given = {**GITLAB, **PLACE, **{k: str(v) for k, v in said.items()}, **variables}
    return run(["dash", "-ec", script], folder=folder, hostile=hostile, **given)


def test_the_template_for_gitlab_asks_and_reports(hostile: Hostile, tmp_path: Path):
    prepared(hostile, "allow")

    asked = gitlab(tmp_path, hostile, ".tidegate-gate")
    reported = gitlab(tmp_path, hostile, ".tidegate-report", TIDEGATE_STATUS="started")

    assert (asked.code, reported.code) == (0, 0), asked.said + reported.said
    assert hostile.paths().count("GET /clients/tidegate.py") == 1
    assert hostile.asked[-1][3]["status"] == "started"
    artifacts = read("gitlab/tidegate.gitlab-ci.yml")[".tidegate-gate"]["artifacts"]
    assert (tmp_path / artifacts["paths"][0]).exists()


def test_the_template_for_gitlab_exchanges_the_jobs_own_token(hostile: Hostile, tmp_path: Path):
    prepared(hostile, "allow")
    hostile.told("/api/v1/oidc/token", gives({"access_token": "tg_1", "expires_in": 900}))
    mixed = read("gitlab/tidegate.gitlab-ci.yml")[".tidegate-oidc"]
    (name,) = mixed["id_tokens"]

    given = {**mixed["variables"], name: "job.token", "TIDEGATE_TOKEN": ""}
    ended = gitlab(tmp_path, hostile, ".tidegate-gate", **given)

    assert (ended.code, mixed["id_tokens"][name]) == (0, {"aud": "$TIDEGATE_URL"}), ended.said
    (asked,) = [headers for _, path, headers, _ in hostile.asked if path == "/api/v1/gate"]
    assert asked["Authorization"] == "Bearer tg_1"


def test_the_template_for_gitlab_fails_for_anything_but_allow(hostile: Hostile, tmp_path: Path):
    prepared(hostile, "wait")

    ended = gitlab(tmp_path, hostile, ".tidegate-gate", TIDEGATE_SERVICE=EVIL)

    assert (ended.code, hostile.asked[1][3]["service"]) == (1, EVIL)


def test_the_template_for_gitlab_runs_no_other_client(hostile: Hostile, tmp_path: Path):
    hostile.told("/clients/tidegate.py", gives(b"print('owned')", kind="text/x-python"))

    ended = gitlab(tmp_path, hostile, ".tidegate-gate")

    assert (ended.code, (tmp_path / "tidegate.py").exists()) == (1, False)
    assert "is not the file that this template was made for" in ended.said


def test_the_template_for_gitlab_shows_how_it_is_used():
    """What the comment says stands in the file."""
    text = (CLIENTS / "gitlab/tidegate.gitlab-ci.yml").read_text()
    shown = set(re.findall(r"\.tidegate-[a-z]+", "\n".join(re.findall(r"^#.*", text, re.M))))

    assert shown <= set(read("gitlab/tidegate.gitlab-ci.yml"))
