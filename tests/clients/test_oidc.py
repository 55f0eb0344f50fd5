"""No stored secret: the job's own token, exchanged for one that lives for minutes."""

import pytest

from clients import tidegate
from tests.clients.conftest import GATE, Client
from tests.clients.hostile import Does, Hostile, answer, drops, gives, permit, problem

ASK, EXCHANGE, GITHUBS = "/api/v1/gate", "/api/v1/oidc/token", "/githubs/id"
ALLOW = gives(answer("allow"))


def given(secret: str, *, lasts: int = 900) -> Does:
    """What the server gives for a job's own token."""
    return gives({"access_token": secret, "token_type": "Bearer", "expires_in": lasts})


@pytest.fixture
def on_github(client: Client, hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job of GitHub Actions that may ask for tokens, and has no other."""
    monkeypatch.delenv("TIDEGATE_TOKEN")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{hostile.url}{GITHUBS}?api-version=2.0")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of-the-runner")
    hostile.told(GITHUBS, *(gives({"value": f"job.token.{n}"}) for n in (1, 2, 3)))


@pytest.fixture
def on_gitlab(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job of GitLab that was given one token for its length."""
    monkeypatch.delenv("TIDEGATE_TOKEN")
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("OURS", "job.token.1")


def bearers(hostile: Hostile, path: str = ASK) -> list[str]:
    """The token of each question to this path."""
    asked = [(headers, at) for _, at, headers, _ in hostile.asked if at == path]
    return [headers.get("Authorization", "") for headers, _ in asked]


def exchanges(hostile: Hostile) -> list[dict[str, str]]:
    return [body for _, path, _, body in hostile.asked if path == EXCHANGE]


@pytest.mark.usefixtures("on_github")
def test_github_is_asked_for_a_token_made_for_us_alone(client: Client, hostile: Hostile):
    hostile.told(EXCHANGE, given("tg_short"))
    hostile.told(ASK, ALLOW)

    ended = client(*GATE, "--oidc")

    assert ended.code == tidegate.ALLOW, ended.log
    _, path, headers, _ = hostile.asked[0]
    audience = tidegate.urllib.parse.quote(hostile.url, "")
    assert path == f"{GITHUBS}?api-version=2.0&audience={audience}"
    assert headers["Authorization"] == "Bearer of-the-runner"
    assert exchanges(hostile) == [{"subject_token": "job.token.1"}]
    assert (bearers(hostile), bearers(hostile, EXCHANGE)) == (["Bearer tg_short"], [""])
    for secret in ("job.token", "tg_short", "of-the-runner"):
        assert secret not in ended.log + ended.out


@pytest.mark.usefixtures("on_github")
def test_an_exchange_whose_answer_was_lost_is_made_with_another_token(
    client: Client, hostile: Hostile, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TIDEGATE_OIDC", "true")
    monkeypatch.setenv("TIDEGATE_AUDIENCE", "change gate")
    hostile.told(EXCHANGE, drops, problem(503, "issuer_keys_pending"), given("tg_short"))
    hostile.told(ASK, ALLOW)

    assert client(*GATE).code == tidegate.ALLOW
    assert [one["subject_token"] for one in exchanges(hostile)] == [
        f"job.token.{n}" for n in (1, 2, 3)
    ]
    assert hostile.asked[0][1].endswith("&audience=change%20gate")


@pytest.mark.usefixtures("on_gitlab")
def test_a_job_that_waits_renews_what_its_one_token_was_exchanged_for(
    client: Client, hostile: Hostile, naps: list[float]
):
    hostile.told(EXCHANGE, given("tg_1"), given("tg_2", lasts=7200))
    waits = gives(answer("wait", retry_after_seconds=380))
    hostile.told(ASK, waits, waits, waits, ALLOW)

    ended = client(*GATE, "--oidc=OURS", "--wait=2h")

    assert ended.code == tidegate.ALLOW, ended.log
    own = {"subject_token": "job.token.1"}
    assert exchanges(hostile) == [own, {**own, "renews": "tg_1"}]
    assert bearers(hostile) == ["Bearer tg_1"] * 3 + ["Bearer tg_2"]


@pytest.mark.usefixtures("on_gitlab")
def test_a_report_is_made_with_it_too(client: Client, hostile: Hostile, tmp_path):
    (tmp_path / "permit").write_text(permit())
    hostile.told(EXCHANGE, given("tg_1"))
    done = {"change": "CHG-7", "state": "implementing", "status": "started"}
    hostile.told("/api/v1/deployments", gives(done, 201))

    ended = client("deploy", "started", "--oidc=OURS", "--permit-file", str(tmp_path / "permit"))

    assert (ended.code, bearers(hostile, "/api/v1/deployments")) == (0, ["Bearer tg_1"])


@pytest.mark.usefixtures("on_github")
@pytest.mark.parametrize(
    ("does", "code", "said"),
    [
        (problem(403, "claim_mismatch", "No rule."), tidegate.DENY, "No rule. (claim_mismatch)"),
        (problem(401, "token_replayed", "Again."), tidegate.USAGE, "Again. (token_replayed)"),
        (gives({"access_token": 7, "expires_in": 9}), tidegate.UNREACHED, "is no token"),
        (gives({"access_token": "a\nb", "expires_in": 9}), tidegate.UNREACHED, "is no token"),
        (drops, tidegate.UNREACHED, "gave no answer"),
    ],
)
def test_what_is_not_exchanged_asks_nothing(
    client: Client, hostile: Hostile, does: Does, code: int, said: str
):
    hostile.told(EXCHANGE, does)

    ended = client(*GATE, "--oidc", "--patience", "0s")

    assert (ended.code, bearers(hostile), said in ended.log) == (code, [], True), ended.log


@pytest.mark.usefixtures("on_github")
def test_github_that_gives_no_token_is_no_outage_of_the_gate(
    client: Client, hostile: Hostile, monkeypatch: pytest.MonkeyPatch
):
    hostile.told(EXCHANGE, given("tg_1"))
    hostile.told(ASK, ALLOW)
    assert client(*GATE, "--oidc").code == tidegate.ALLOW  # Its policy is to go on in an outage.
    hostile.told(GITHUBS, gives({"message": "Sorry."}, 500))

    ended = client(*GATE, "--oidc")
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_URL")
    without = client(*GATE, "--oidc")

    assert (ended.code, without.code) == (tidegate.UNREACHED, tidegate.USAGE), ended.log
    assert "GitHub gave this job no token: the server answers 500" in ended.log
    assert "id-token: write" in without.log


@pytest.mark.usefixtures("on_gitlab")
def test_a_job_without_a_token_is_told_where_it_is_named(client: Client, hostile: Hostile):
    ended = client(*GATE, "--oidc=THEIRS")
    off = client(*GATE, "--oidc=false")

    assert (ended.code, off.code, hostile.asked) == (tidegate.USAGE, tidegate.USAGE, [])
    assert "THEIRS holds no token: in GitLab, name it among the `id_tokens`" in ended.log
    assert "or give --oidc" in off.log
