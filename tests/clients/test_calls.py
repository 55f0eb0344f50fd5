"""Calling the client: where it goes, what it shows there, and what it refuses to do."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from clients import tidegate
from tests.clients.conftest import GATE, TOKEN, Client
from tests.clients.hostile import (
    Hostile,
    answer,
    drops,
    gives,
    hangs,
    permit,
    policy,
    problem,
    serving,
)
from tests.clients.tls import certified, proxying

ASK, REPORT = "/api/v1/gate", "/api/v1/deployments"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"TIDEGATE_URL": ""}, "Set TIDEGATE_URL to the address of Tidegate"),
        ({"TIDEGATE_URL": "ftp://tidegate.example"}, "Set TIDEGATE_URL"),
        ({"TIDEGATE_URL": "https://me:secret@tidegate.example"}, "Set TIDEGATE_URL"),
        ({"TIDEGATE_URL": "http://tidegate.example"}, "shows the token to the network"),
        ({"TIDEGATE_TOKEN": ""}, "Set TIDEGATE_TOKEN, or TIDEGATE_TOKEN_FILE"),
        ({"TIDEGATE_TOKEN": "two words\n"}, "Set TIDEGATE_TOKEN, or TIDEGATE_TOKEN_FILE"),
        ({"TIDEGATE_TOKEN": "", "TIDEGATE_TOKEN_FILE": "/nowhere"}, "No such file"),
    ],
)
def test_what_is_missing_is_said(client: Client, monkeypatch, variables, said: str):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    ended = client(*GATE)

    assert (ended.code, said in ended.log, "secret@" in ended.log) == (2, True, False), ended.log


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("gate",),
        ("gate", "--service", "refunds"),
        ("gate", "--force"),
        ("gate", "--token", "tg_x"),
        ("gate", "--fail-open"),
        ("gate", "--wait=soon"),
        ("deploy",),
        ("deploy", "begun"),
        ("deploy", "started"),
        ("verify",),
    ],
)
def test_a_wrong_call_is_a_wrong_call(client: Client, hostile: Hostile, words: tuple[str, ...]):
    assert (client(*words).code, hostile.asked) == (tidegate.USAGE, [])


def test_the_token_may_stand_in_a_file(client: Client, hostile: Hostile, monkeypatch, tmp_path):
    (tmp_path / "token").write_text("tg_of-a-file\n")
    monkeypatch.delenv("TIDEGATE_TOKEN")
    monkeypatch.setenv("TIDEGATE_TOKEN_FILE", str(tmp_path / "token"))
    hostile.told(ASK, gives(answer("allow")))

    assert client(*GATE).code == tidegate.ALLOW
    assert hostile.asked[0][2]["Authorization"] == "Bearer tg_of-a-file"


def test_place_and_plan_may_stand_in_variables(client: Client, hostile: Hostile, monkeypatch):
    for name, value in {
        "SERVICE": "refunds",
        "ENVIRONMENT": "production",
        "REVISION": "4f1c2d9",
        "ARTIFACT": "sha256:1",
        "CHANGE": "CHG-7",
        "TEMPLATE": "restart-service",
    }.items():
        monkeypatch.setenv(f"TIDEGATE_{name}", value)
    hostile.told(ASK, gives(answer("deny")))

    client("gate")

    assert hostile.asked[0][3] == {
        "service": "refunds",
        "environment": "production",
        "revision": "4f1c2d9",
        "artifact": "sha256:1",
        "change": "CHG-7",
        "open": {"template": "restart-service"},
    }


def test_a_server_that_nobody_vouches_for_is_not_believed(
    client: Client, monkeypatch, tmp_path: Path
):
    context, trusted = certified(tmp_path)
    with serving(context) as secure:
        secure.told(ASK, gives(answer("allow")))
        monkeypatch.setenv("TIDEGATE_URL", secure.url)

        before = client(*GATE)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        after = client(*GATE)

    assert (before.code, after.code) == (tidegate.UNREACHED, tidegate.ALLOW), after.log
    assert "certificate" in before.log.lower()


def test_a_proxy_is_gone_through_and_sees_no_token(client: Client, monkeypatch, tmp_path: Path):
    context, trusted = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with serving(context) as secure, proxying() as proxy:
        secure.told(ASK, gives(answer("allow")))
        monkeypatch.setenv("TIDEGATE_URL", secure.url)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_port}")

        ended = client(*GATE)

    assert ended.code == tidegate.ALLOW, ended.log
    assert {path for path, _ in proxy.seen} == {secure.url.removeprefix("https://")}
    assert not any("Authorization" in headers for _, headers in proxy.seen)


def test_a_report_is_sent_with_the_permit_and_once(client: Client, hostile: Hostile, tmp_path):
    (tmp_path / "permit").write_text(permit())
    done = gives({"change": "CHG-7", "state": "implementing", "status": "started"}, 201)
    hostile.told(REPORT, drops, problem(503, "unavailable"), done)

    ended = client(
        "deploy", "started", "--permit-file", str(tmp_path / "permit"), "--detail", "Blue."
    )

    assert (ended.code, ended.log) == (0, "Reported started: CHG-7 is implementing.\n")
    assert hostile.asked[-1][3] == {
        "status": "started",
        "detail": "Blue.",
        "permit": (tmp_path / "permit").read_text(),
    }
    keys = {headers["Idempotency-Key"] for _, _, headers, _ in hostile.asked}
    assert (len(hostile.asked), len(keys)) == (3, 1)


@pytest.mark.parametrize(
    ("does", "code"),
    [
        (problem(409, "permit_used"), tidegate.DENY),
        (problem(403, "not_permitted"), tidegate.DENY),
        (problem(422, "invalid"), tidegate.USAGE),
        (gives({"status": "succeeded"}), tidegate.UNREACHED),
        (gives(b"<h1>Sign in</h1>", kind="text/html"), tidegate.UNREACHED),
    ],
)
def test_a_report_that_is_not_taken_stops_the_pipeline(
    client: Client, hostile: Hostile, does, code: int
):
    hostile.told(REPORT, does)

    assert client("deploy", "started", "--change", "CHG-7").code == code


def test_what_went_on_by_policy_is_not_stopped_for_want_of_a_permit(
    client: Client, hostile: Hostile, tmp_path
):
    hostile.told(ASK, gives(answer("allow")), drops)
    file, place = str(tmp_path / "permit"), GATE[1:5]
    client(*GATE, "--permit-file", file)

    gone_on = client(*GATE, "--permit-file", file, "--patience", "0s")
    hostile.told("/.well-known/jwks.json", drops)
    started = client("deploy", "started", *place, "--permit-file", file, "--patience", "0s")

    assert (gone_on.code, started.code) == (tidegate.ALLOW, tidegate.ALLOW), started.log
    assert "Allowed without the gate, by its policy" in started.log
    assert f"POST {REPORT}" not in hostile.paths()


def test_a_gate_that_answers_is_asked_for_a_permit_whatever_its_policy(
    client: Client, hostile: Hostile, tmp_path
):
    hostile.told(ASK, gives(answer("allow")), gives(answer("deny")))
    file = str(tmp_path / "permit")
    client(*GATE, "--permit-file", file)
    client(*GATE, "--permit-file", file)

    started = client("deploy", "started", *GATE[1:5], "--permit-file", file)

    assert started.code == tidegate.DENY
    assert "There is no permit in" in started.log


def test_without_a_permit_and_a_policy_nothing_starts(client: Client, hostile: Hostile, tmp_path):
    hostile.told(ASK, gives(answer("deny")))
    hostile.told("/api/v1/gate/policy", gives({"policy": policy("deny")}))
    client(*GATE)
    hostile.told("/.well-known/jwks.json", drops)

    words = ("--permit-file", str(tmp_path / "permit"), "--patience", "0s")
    ended = client("deploy", "started", *GATE[1:5], *words)

    assert ended.code == tidegate.UNREACHED


def test_the_package_is_the_one_file_and_calls_it_tidegate():
    about = tomllib.loads((Path(tidegate.__file__).parent / "pyproject.toml").read_text())

    assert about["project"]["scripts"] == {"tidegate": "tidegate:run"}
    assert about["tool"]["setuptools"]["py-modules"] == ["tidegate"]
    assert about["project"]["dependencies"] == []
    assert callable(tidegate.run)


def test_it_runs_as_a_file_by_itself_and_ends_in_time(hostile: Hostile, tmp_path: Path):
    (tmp_path / "tidegate.py").write_bytes(Path(tidegate.__file__).read_bytes())
    hostile.told(ASK, hangs)
    command = [sys.executable, "-I", "tidegate.py", *GATE, "--patience", "0s", "--json"]
    variables = {"TIDEGATE_URL": hostile.url, "TIDEGATE_TOKEN": TOKEN, "HOME": str(tmp_path)}

    done = subprocess.run(
        command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=20
    )

    assert done.returncode == tidegate.UNREACHED, done.stderr
    assert json.loads(done.stdout) == {"decision": "deny", "by_policy": True}
    assert TOKEN not in done.stdout + done.stderr
