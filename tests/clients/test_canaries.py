"""A canary from a pipeline: each step reported, and held until the next may begin."""

import pytest

from clients import tidegate
from tests.clients.conftest import GATE, Client
from tests.clients.hostile import REASON, Hostile, answer, drops, gives, problem
from tests.clients.test_waiting import unchanged

REPORT, ROLLOUT = "/api/v1/deployments", "/api/v1/changes/CHG-7/rollout"
STEP = ("deploy", "step", "--percent", "25", "--change", "CHG-7")
FIGURE = {"check": "Error rate", "said": "0.2 % of requests fail, at most 1 % may."}


def step(verdict: str | None, **more: object) -> dict[str, object]:
    said = {"percent": 25, "next_percent": 50, "verdict": verdict, "ready_at": None}
    rest = {"retry_after_seconds": 7, "reasons": [], "figures": [FIGURE]}
    return {"change": "CHG-7", "state": "implementing", "step": {**said, **rest, **more}}


def reported(verdict: str | None) -> dict[str, object]:
    return {**step(verdict), "status": "step", "percent": 25}


def test_a_step_is_reported_and_its_figures_said(client: Client, hostile: Hostile):
    hostile.told(REPORT, gives(reported("soak"), 201))

    ended = client(*STEP)

    assert ended.code == tidegate.ALLOW
    assert hostile.asked[0][3] == {
        "status": "step",
        "percent": 25,
        "detail": "",
        "change": "CHG-7",
    }
    assert ended.log.splitlines() == [
        "Reported step: CHG-7 is implementing.",
        "25 %: soak",
        "  Error rate: 0.2 % of requests fail, at most 1 % may.",
    ]


@pytest.mark.parametrize(
    ("verdict", "code"),
    [("proceed", tidegate.ALLOW), ("roll_back", tidegate.DENY), (None, tidegate.DENY)],
)
def test_it_holds_until_the_next_step_may_begin_or_may_not(
    client: Client, hostile: Hostile, naps: list[float], verdict: str | None, code: int
):
    hostile.told(REPORT, gives(reported("soak"), 201))
    last = gives(step(verdict, reasons=[REASON] if verdict == "roll_back" else []))
    hostile.told(ROLLOUT, gives(step("wait"), ETag='"1"'), unchanged, drops, last)

    ended = client(*STEP, "--wait", "--patience", "0s")

    known = [h.get("If-None-Match") for _, path, h, _ in hostile.asked if path == ROLLOUT]
    assert (ended.code, known) == (code, [None, '"1"', '"1"', '"1"'])
    assert [int(nap) for nap in naps] == [7, 7, 7, 7]
    assert ("error: production is frozen" in ended.log) == (verdict == "roll_back")


def test_it_holds_no_longer_than_it_is_told(client: Client, hostile: Hostile, naps: list[float]):
    hostile.told(REPORT, gives(reported("soak"), 201))
    hostile.told(ROLLOUT, gives(step("soak")))

    ended = client(*STEP, "--wait=1m")

    assert ended.code == tidegate.DENY
    assert "Stopped waiting after 1 min." in ended.log


def test_a_step_that_comes_too_early_is_refused(client: Client, hostile: Hostile):
    hostile.told(REPORT, problem(409, "step_not_stable", "25 % has held for 2 of 10 min."))

    ended = client(*STEP)

    assert (ended.code, "25 % has held for 2 of 10 min." in ended.log) == (tidegate.DENY, True)


def test_a_server_that_says_nothing_of_the_step_has_not_let_it_go_on(
    client: Client, hostile: Hostile
):
    hostile.told(REPORT, gives({**reported("soak"), "step": None}, 201))

    assert client(*STEP, "--wait").code == tidegate.UNREACHED


def test_no_policy_for_outages_lets_a_step_begin(client: Client, hostile: Hostile):
    hostile.told("/api/v1/gate", gives(answer("allow")))
    client(*GATE)
    hostile.told(REPORT, drops)

    ended = client(*STEP, *GATE[1:5], "--patience", "0s")

    assert ended.code == tidegate.UNREACHED
    assert "Allowed without the gate" not in ended.log


def test_a_step_says_how_far_it_goes(client: Client, hostile: Hostile):
    assert client("deploy", "step", "--change", "CHG-7").code == tidegate.USAGE
    assert hostile.asked == []
