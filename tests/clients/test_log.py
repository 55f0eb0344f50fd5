"""What the client says in the log of each CI, and that nobody gives the CI orders through it."""

import json
import time

import pytest

from clients import tidegate
from tests.clients.conftest import GATE, Client
from tests.clients.hostile import REASON, Hostile, answer, gives, problem

ASK = "/api/v1/gate"
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "shop/refunds",
    "GITHUB_RUN_ID": "77",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_SHA": "4f1c2d9",
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_PIPELINE_ID": "77",
    "CI_JOB_ID": "901",
    "CI_JOB_URL": "https://gitlab.example/shop/refunds/-/jobs/901",
    "CI_COMMIT_SHA": "4f1c2d9",
}
AZURE = {
    "TF_BUILD": "True",
    "BUILD_BUILDID": "77",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.example/shop/",
    "SYSTEM_TEAMPROJECT": "Back office",
    "BUILD_SOURCEVERSION": "4f1c2d9",
    "SYSTEM_JOBATTEMPT": "1",
}
JENKINS = {
    "JENKINS_URL": "https://jenkins.example/",
    "BUILD_TAG": "jenkins-refunds-77",
    "BUILD_URL": "https://jenkins.example/job/refunds/77/",
    "GIT_COMMIT": "4f1c2d9",
}
PLAIN = {"TIDEGATE_RUN_ID": "77", "TIDEGATE_REVISION": "4f1c2d9"}
RUNS = {
    "github": (GITHUB, "77", 2, "https://github.example/shop/refunds/actions/runs/77"),
    "gitlab": (GITLAB, "77.901", None, GITLAB["CI_JOB_URL"]),
    "azure": (
        AZURE,
        "77",
        1,
        "https://dev.azure.example/shop/Back%20office/_build/results?buildId=77",
    ),
    "jenkins": (JENKINS, "jenkins-refunds-77", None, JENKINS["BUILD_URL"]),
    "plain": (PLAIN, "77", None, ""),
}


def within(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(("variables", "run_id", "attempt", "url"), RUNS.values(), ids=RUNS)
def test_the_run_is_known_by_the_variables_of_its_ci(
    client: Client, hostile: Hostile, monkeypatch, variables, run_id, attempt, url
):
    within(monkeypatch, variables)
    hostile.told(ASK, gives(answer("deny")))

    client(*GATE[:-2], "--open", "restart-service", "--start")

    assert hostile.asked[0][3] == {
        "service": "refunds",
        "environment": "production",
        "revision": "4f1c2d9",
        "pipeline": {"run_id": run_id, "url": url} | ({"attempt": attempt} if attempt else {}),
        "open": {"template": "restart-service", "start": True},
    }


SAID = "production is frozen until Mon. Plan it after Mon. Until Mon 23 Nov 05:00 UTC (in "
MARKS = {
    "github": (GITHUB, f"::error title=Tidegate::{SAID}"),
    "azure": (AZURE, f"##vso[task.logissue type=error]{SAID}"),
    "gitlab": (GITLAB, f"error: {SAID}"),
    "jenkins": (JENKINS, f"error: {SAID}"),
    "plain": (PLAIN, f"error: {SAID}"),
}


@pytest.mark.parametrize(("variables", "line"), MARKS.values(), ids=MARKS)
def test_every_reason_is_said_with_its_remedy_and_until_when(
    client: Client, hostile: Hostile, monkeypatch, variables, line
):
    within(monkeypatch, variables)
    second = REASON | {"message": "2 votes are missing.", "remedy": "Ask peer.", "until": None}
    hostile.told(ASK, gives(answer("deny", reasons=[REASON, second])))

    ended = client(*GATE)

    lines = ended.log.splitlines()
    assert ended.code == tidegate.DENY
    assert [one for one in lines if one.startswith(line)], ended.log
    assert [one for one in lines if one.endswith("2 votes are missing. Ask peer.")], ended.log
    assert f"  change: CHG-7 {hostile.url}/changes/CHG-7" in lines


def test_gitlab_folds_what_the_gate_said(client: Client, hostile: Hostile, monkeypatch):
    within(monkeypatch, GITLAB)
    hostile.told(ASK, gives(answer("allow")))

    log = client(*GATE).log

    assert log.index("\x1b[0Ksection_start:") < log.index("change: CHG-7")
    assert log.index("change: CHG-7") < log.index("\x1b[0Ksection_end:")


@pytest.mark.parametrize("variables", [GITHUB, AZURE, GITLAB, PLAIN])
def test_nobody_gives_a_ci_orders_through_the_words_of_a_reason(
    client: Client, hostile: Hostile, monkeypatch, variables
):
    within(monkeypatch, variables)
    orders = (
        "Fine.\n::set-env name=PATH::/evil\r\n##vso[task.setvariable variable=x]y "
        "##[command]z \x1b[0Ksection_end:1:tidegate %0A::add-mask::q"
    )
    bad = REASON | {"message": orders, "remedy": "::stop-commands::x"}
    hostile.told(ASK, gives(answer("deny", reasons=[bad], change="CHG-7\n::error::x")))
    refusal = problem(409, "x", orders)

    first = client(*GATE).log
    hostile.told(ASK, refusal)
    second = client(*GATE).log

    for line in (first + second).splitlines():
        assert not line.lstrip().startswith(("::set", "::add", "::stop", "::error::x"))
        assert "##vso[task.setvariable variable=x" not in line
        assert "##[command]" not in line
        assert "\x1b[0Ksection_end:1:" not in line
        assert "\r\n" not in line


def test_later_steps_of_github_are_told_the_answer(
    client: Client, hostile: Hostile, monkeypatch, tmp_path
):
    within(monkeypatch, GITHUB | {"GITHUB_OUTPUT": str(tmp_path / "output")})
    hostile.told(ASK, gives(answer("allow", decision_id="d1\npath=/evil")))
    permit = tmp_path / "permit"

    ended = client(*GATE, "--permit-file", str(permit))

    assert ended.code == tidegate.ALLOW
    assert (tmp_path / "output").read_text().splitlines() == [
        "decision=allow",
        "change=CHG-7",
        "decision-id=d1 path=/evil",
        f"permit-file={permit}",
    ]


def test_later_steps_of_azure_are_told_the_answer(client: Client, hostile: Hostile, monkeypatch):
    within(monkeypatch, AZURE)
    hostile.told(ASK, gives(answer("deny")))

    log = client(*GATE).log

    assert "##vso[task.setvariable variable=decision;isOutput=true]deny" in log.splitlines()


def test_the_permit_goes_into_a_file_of_its_owner_and_nowhere_else(
    client: Client, hostile: Hostile, tmp_path
):
    hostile.told(ASK, gives(answer("allow")), gives(answer("deny")))
    file = tmp_path / "permit"

    allowed = client(*GATE, "--permit-file", str(file), "--json")
    permit, mode = file.read_text(), file.stat().st_mode & 0o777
    denied = client(*GATE, "--permit-file", str(file), "--json")

    assert (permit.count("."), mode, file.exists()) == (2, 0o600, False)
    assert permit not in allowed.log + allowed.out
    assert json.loads(allowed.out)["decision"] == "allow"
    assert json.loads(denied.out)["reasons"] == [REASON]


def test_an_outage_is_told_as_json_too(client: Client, hostile: Hostile):
    hostile.told(ASK, gives({}, 500))

    ended = client(*GATE, "--json")

    assert json.loads(ended.out) == {"decision": "deny", "by_policy": True}


def test_instants_are_told_in_the_zone_of_the_machine(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Amsterdam")
    time.tzset()
    at = tidegate.instant("2026-11-23T05:00:00Z")

    said = [tidegate.when(at, now=at - gone) for gone in (7800, -59, 0)]
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()

    assert said == [
        "Mon 23 Nov 06:00 CET (in 2 h 10 min)",
        "Mon 23 Nov 06:00 CET (59 s ago)",
        "Mon 23 Nov 06:00 CET (0 s ago)",
    ]
