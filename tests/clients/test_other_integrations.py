"""Jenkins, Azure and Argo CD, as far as they run here: they run the one client, and obey it."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import TOKEN
from tests.clients.hostile import Hostile, gives
from tests.clients.integrations import CLIENTS, EVIL, Ran, prepared, read, run
from tests.clients.pins import digest
from tests.clients.test_integrations import PLACE
from tests.clients.test_log import AZURE, JENKINS

GROOVY = CLIENTS / "jenkins/vars/tidegateGate.groovy"
STAGE = """
def said = [:]
def binding = new Binding([
    error: { words -> throw new IllegalStateException(words) },
    string: { given -> given },
    withCredentials: { bound, body -> said.bound = bound; body() },
    withEnv: { variables, body -> said.variables = variables; body() },
    sh: { given -> said.script = given.script },
])
def step = new GroovyShell(binding).parse(new File(args[0]))
step.call(new groovy.json.JsonSlurper().parseText(args[1]))
println(groovy.json.JsonOutput.toJson(said))
"""


def script() -> str:
    """The shell script of the step, which nothing is put into."""
    (found,) = re.findall(r"'''(.*?)'''", GROOVY.read_text(), re.DOTALL)
    return found


def jenkins(folder: Path, hostile: Hostile, command: str, **variables: str) -> Ran:
    given = {**JENKINS, **PLACE, "TIDEGATE_PERMIT_FILE": ".tidegate-permit", **variables}
    given |= {"TIDEGATE_COMMAND": command, "TIDEGATE_CLIENT_SHA256": digest()}
    return run(["dash", "-c", script()], folder=folder, hostile=hostile, **given)


def test_the_step_for_jenkins_asks_and_reports(hostile: Hostile, tmp_path: Path):
    prepared(hostile, "allow")

    codes = [jenkins(tmp_path, hostile, one).code for one in ("gate", "verify", "started")]

    assert codes == [0, 0, 0]
    assert hostile.paths().count("GET /clients/tidegate.py") == 1


def test_the_step_for_jenkins_fails_for_anything_but_allow(hostile: Hostile, tmp_path: Path):
    prepared(hostile, "deny")

    assert jenkins(tmp_path, hostile, "gate", TIDEGATE_CHANGE=EVIL).code == 1
    assert jenkins(tmp_path, hostile, EVIL).code == 2


def test_the_step_for_jenkins_puts_nothing_into_its_script():
    assert "${" not in script()
    assert "\\" not in script()
    code = re.sub(r"'''.*?'''|//[^\n]*|'[^']*'", "", GROOVY.read_text(), flags=re.DOTALL)
    for opening, closing in ("()", "[]", "{}"):
        assert code.count(opening) == code.count(closing)


@pytest.mark.skipif(not shutil.which("groovy"), reason="Groovy is not on every machine")
def test_the_step_for_jenkins_compiles_and_binds_the_token(tmp_path: Path):
    java = Path(shutil.which("java") or "").resolve()
    (tmp_path / "stage.groovy").write_text(STAGE)
    given = {"url": "https://t.example", "credentialsId": "tidegate", "service": EVIL, "wait": "2h"}

    done = subprocess.run(
        ["groovy", str(tmp_path / "stage.groovy"), str(GROOVY), json.dumps(given)],
        env={"PATH": os.environ["PATH"], "JAVA_HOME": str(java.parent.parent)},
        capture_output=True,
        text=True,
        timeout=120,
    )

    said = json.loads(done.stdout)
    assert said["script"] == script()
    assert said["bound"] == [{"credentialsId": "tidegate", "variable": "TIDEGATE_TOKEN"}]
    assert said["variables"] == [
        f"TIDEGATE_CLIENT_SHA256={digest()}",
        "TIDEGATE_COMMAND=gate",
        "TIDEGATE_PERMIT_FILE=.tidegate-permit",
        "TIDEGATE_URL=https://t.example",
        f"TIDEGATE_SERVICE={EVIL}",
        "TIDEGATE_WAIT=2h",
    ]


# Azure Pipelines. The rules are those of the schema that is published for task.json.

TASK: dict[str, Any] = json.loads((CLIENTS / "azure/task.json").read_text())
WORDS = re.compile(r"[A-Za-z][A-Za-z0-9]*")


def test_the_task_for_azure_is_as_azure_wants_it():
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", TASK["id"])
    assert re.fullmatch(r"[A-Za-z0-9-]+", TASK["name"])
    assert len(TASK["friendlyName"]) <= 40
    assert TASK["category"] in {"Build", "Utility", "Test", "Package", "Deploy"}
    assert set(TASK["version"]) == {"Major", "Minor", "Patch"}
    assert all(isinstance(number, int) for number in TASK["version"].values())
    assert re.fullmatch(r"\d+\.\d+(\.\d+)?", TASK["minimumAgentVersion"])
    known = {"name", "label", "type", "defaultValue", "required", "helpMarkDown", "options"}
    for one in TASK["inputs"]:
        assert {"name", "label", "type"} <= set(one) <= known
        assert WORDS.fullmatch(one["name"])
        assert one["type"] in {"string", "pickList", "filePath"}
        assert (one["type"] == "pickList") == ("options" in one)
    assert all(WORDS.fullmatch(one["name"]) for one in TASK["OutputVariables"])
    for handler in TASK["execution"].values():
        assert (CLIENTS / "azure" / handler["target"]).is_file()
    assert not [one for one in TASK["inputs"] if "token" in one["name"].lower()]


def azure(folder: Path, hostile: Hostile, **inputs: str) -> Ran:
    """Run the task as the agent does: inputs are variables, with $(…) filled in."""
    meant = {"$(Build.SourceVersion)": "4f1c2d9", "$(Agent.TempDirectory)": str(folder)}
    assert set(inputs) <= {one["name"] for one in TASK["inputs"]}
    variables = dict(AZURE)
    for one in TASK["inputs"]:
        said = inputs.get(one["name"], one.get("defaultValue", ""))
        for word, means in meant.items():
            said = said.replace(word, means)
        if said:
            variables[f"INPUT_{one['name'].upper()}"] = said
    target = TASK["execution"]["Node20_1"]["target"]
    words = [shutil.which("node") or "node", str(folder / "task" / target)]
    return run(words, folder=folder, hostile=hostile, **variables)


@pytest.fixture
def packaged(tmp_path: Path) -> Path:
    """The package of the task, as the notes say it is made."""
    shutil.copytree(CLIENTS / "azure", tmp_path / "task")
    shutil.copy(CLIENTS / "tidegate.py", tmp_path / "task")
    return tmp_path


def test_the_task_for_azure_asks_and_reports(hostile: Hostile, packaged: Path):
    prepared(hostile, "allow")
    place = {"url": hostile.url, "service": "refunds", "environment": "production"}

    asked = azure(packaged, hostile, **place)
    reported = azure(packaged, hostile, command="started", **place)

    assert (asked.code, reported.code) == (0, 0), asked.said + reported.said
    assert "##vso[task.setvariable variable=decision;isOutput=true]allow" in asked.said
    named = set(re.findall(r"variable=(\w+);isOutput", asked.said))
    assert {one["name"] for one in TASK["OutputVariables"]} <= named
    assert hostile.asked[-1][3]["permit"] == (packaged / "tidegate-permit").read_text()


def test_the_task_for_azure_fails_for_anything_but_allow(hostile: Hostile, packaged: Path):
    prepared(hostile, "deny")

    ended = azure(packaged, hostile, url=hostile.url, service=EVIL, environment="production")

    assert (ended.code, hostile.asked[0][3]["service"]) == (1, EVIL)
    assert "##vso[task.complete result=Failed]" in ended.said


def test_the_task_for_azure_runs_no_other_client(hostile: Hostile, packaged: Path):
    (packaged / "task" / "tidegate.py").write_text("print('owned')\n")

    ended = azure(packaged, hostile, url=hostile.url, service="refunds", environment="production")

    assert (ended.code, "owned" in ended.said) == (2, False)


# Argo CD


def argo(folder: Path, hostile: Hostile) -> Ran:
    """Run the hook's container: its command and variables, with its folders in this one."""
    (container,) = read("argocd/presync-hook.yaml")["spec"]["template"]["spec"]["containers"]
    (folder / "token").write_text(TOKEN)
    variables = {one["name"]: one.get("value", "pod-1") for one in container["env"]}
    variables |= {"TIDEGATE_URL": hostile.url, "TIDEGATE_TOKEN": ""}
    variables["TIDEGATE_REVISION"] = "4f1c2d9"
    variables["TIDEGATE_TOKEN_FILE"] = str(folder / "token")
    words = ["dash", *container["command"][1:], *container["args"]]
    return run(words, folder=folder, hostile=hostile, **variables)


def test_the_hook_of_argo_cd_lets_a_sync_begin_once_it_is_allowed(hostile: Hostile, tmp_path: Path):
    prepared(hostile, "allow")

    ended = argo(tmp_path, hostile)

    assert ended.code == 0, ended.said
    assert hostile.paths()[-1] == "POST /api/v1/deployments"
    asked = [body for _, path, _, body in hostile.asked if path == "/api/v1/gate"]
    assert asked[0]["pipeline"] == {"run_id": "pod-1", "url": ""}


def test_the_hook_of_argo_cd_stops_a_sync_otherwise(hostile: Hostile, tmp_path: Path):
    prepared(hostile, "deny")
    denied = argo(tmp_path, hostile)
    hostile.told("/clients/tidegate.py", gives(b"print('owned')", kind="text/x-python"))
    other = argo(tmp_path, hostile)

    assert (denied.code, other.code) == (1, 1)
    assert "POST /api/v1/deployments" not in hostile.paths()
    assert "is not the file that this hook was made for" in other.said


def test_the_hook_of_argo_cd_runs_before_a_sync_with_no_rights():
    job = read("argocd/presync-hook.yaml")
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
    assert job["metadata"]["annotations"]["argocd.argoproj.io/hook"] == "PreSync"
    assert (job["spec"]["backoffLimit"], pod["restartPolicy"]) == (0, "Never")
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert not pod["automountServiceAccountToken"]
    assert {one["name"] for one in container["volumeMounts"]} == {
        one["name"] for one in pod["volumes"]
    }
    assert "TIDEGATE_TOKEN" not in {one["name"] for one in container["env"]}
