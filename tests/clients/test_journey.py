"""The client and the real server, over a socket."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from changes.models import Change, Deployment, Window
from clients import tidegate
from ledger.oidc import keys
from tests.changes.api import world
from tests.clients.conftest import Clock
from tests.ledger.oidc.issuing import NEAR, LocalIssuer, rule

pytestmark = pytest.mark.django_db(transaction=True)
PLACE = ("--service", "payments-api", "--environment", "production")
GATE = ("gate", *PLACE, "--revision", "4f1c2d9")


@pytest.fixture
def pipeline(bare: None, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server is, and a token that may ask the gate."""
    world.build()
    monkeypatch.setenv("TIDEGATE_URL", live_server.url)
    monkeypatch.setenv("TIDEGATE_TOKEN", world.token("ci", "gate", "changes:write"))
    monkeypatch.setenv("TIDEGATE_RUN_ID", "77")


def run(*words: str) -> int:
    return tidegate.main(list(words))


@pytest.mark.usefixtures("pipeline")
def test_a_pipeline_waits_deploys_and_reports(
    clock: Clock, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    permit = ("--permit-file", str(tmp_path / "permit"))
    here = ("--environment", "production", "--revision", "4f1c2d9")

    # Nobody has filed a change: what is missing is said, with the remedy.
    assert run(*GATE) == tidegate.DENY
    assert "File a change" in capsys.readouterr().err

    # A freeze holds; once it is lifted, whoever waits goes on.
    ref = world.scheduled()
    now = datetime.now(UTC)
    Window.objects.create(
        name="Moving day", starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1)
    )
    clock.meanwhile = lambda: Window.objects.update(is_active=False)
    assert run(*GATE, "--wait", *permit) == tidegate.ALLOW
    said = capsys.readouterr().err
    assert (len(clock.naps), "Moving day" in said) == (1, True)
    assert f"change: {ref}" in said

    # The permit is verified without the gate, and is good for this alone.
    assert run("verify", *here, "--service", "payments-api", "--change", ref, *permit) == 0
    assert run("verify", "--environment", "staging", "--revision", "4f1c2d9", *permit) == 1

    # It starts one deployment.
    assert [run("deploy", "started", *permit) for _ in range(2)] == [0, tidegate.DENY]
    assert run("deploy", "succeeded", *permit, "--detail", "All pods are up.") == 0
    assert Change.objects.get().state == "validating"
    reports = Deployment.objects.order_by("pk").values_list("status", "detail", "reported_by")
    ci = world.user("ci").pk
    assert list(reports) == [("started", "", ci), ("succeeded", "All pods are up.", ci)]


@pytest.mark.usefixtures("pipeline")
def test_a_job_that_stores_no_secret_deploys(
    httpserver: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    settings.WEBHOOK_ALLOWED_NETWORKS = NEAR
    forge, now = LocalIssuer(httpserver, "/forge"), datetime.now(UTC)
    issuer = forge.trusted(now)
    keys.read_due(now=now, limit=5)
    rule(issuer, acts_as=world.user("ci"), services=["payments-api"])
    world.scheduled()
    for name in ("TIDEGATE_TOKEN", "TIDEGATE_RUN_ID"):
        monkeypatch.delenv(name)
    for number, name in enumerate(("FIRST", "SECOND")):
        monkeypatch.setenv(name, forge.token(now, jti=f"{number}"))
    permit = ("--permit-file", str(tmp_path / "permit"))

    codes = [
        run(*GATE, "--oidc=FIRST", *permit),
        run("deploy", "started", "--oidc=FIRST", *permit),
        run("deploy", "started", "--oidc=SECOND", *permit),
    ]

    assert codes == [tidegate.ALLOW, tidegate.USAGE, tidegate.ALLOW]
    assert Change.objects.get().state == "implementing"


@pytest.mark.usefixtures("pipeline")
def test_what_to_do_in_an_outage_is_fetched_beforehand(
    live_server: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    manager = world.caller("manager")
    place = ("--service", "refunds", "--environment", "staging")
    gate = ("gate", *place, "--revision", "4f1c2d9")
    told = {"mode": "allow", "reason": "No harm there."}
    assert manager.patch("/environments/staging/fail-mode", told).status_code == 200
    assert (run(*gate), run(*GATE)) == (tidegate.DENY, tidegate.DENY)

    def gone(*_: object) -> None:
        raise ConnectionRefusedError("Connection refused")

    monkeypatch.setattr("socket.create_connection", gone)

    codes = [run(*words, "--patience", "0s") for words in (gate, GATE)]
    assert codes == [tidegate.ALLOW, tidegate.UNREACHED]
    said = capsys.readouterr().err
    assert "Allowed without the gate, by its policy until" in said
    assert "its policy says to stop: Nothing is deployed to production" in said
