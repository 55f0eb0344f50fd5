"""Too often: 429 with Retry-After on both ways to the gate, and never for who polls."""

import pytest

from catalog import rate_limits
from tests.changes.api.world import PLAN, Caller, caller, filed, token, written

pytestmark = pytest.mark.usefixtures("organisation")
QUESTION = {"service": "payments-api", "environment": "production", "revision": "4f1c2d9"}
LONG = {**QUESTION, "pipeline": {"run_id": "7"}}


@pytest.fixture(autouse=True)
def limits(settings):
    settings.RATE_LIMITS = {"gate": 6, "writes": 6, "reads": 12, "failures": 2}
    rate_limits.forget()
    yield
    rate_limits.forget()


@pytest.mark.parametrize("question", [QUESTION, LONG])
def test_the_gate_is_asked_as_often_as_the_token_may(question):
    asking, other = caller("ci", "gate"), caller("ci", "gate")
    assert asking.post("/gate", question).status_code == 200
    before = written()

    answer = asking.post("/gate", question)

    told = answer.json()
    assert (answer.status_code, told["code"]) == (429, "too_many_requests")
    assert 8 <= int(answer["Retry-After"]) <= 10
    assert answer["Content-Type"] == "application/problem+json"
    assert written() == before
    assert asking.get("/tokens/current").status_code == 200
    assert other.post("/gate", question).status_code == 200


def test_reading_may_be_too_often_and_polling_never():
    ref, asking = filed(), caller("ci", "gate", "changes:read")
    decision = asking.post("/gate", QUESTION).json()["decision_id"]

    reads = [asking.get(f"/changes/{ref}") for _ in range(3)]
    polled = [
        asking.get(path).status_code
        for path in (f"/gate/decisions/{decision}", f"/changes/{ref}/rollout", "/gate/queue")
        for _ in range(4)
    ]

    assert [one.status_code for one in reads] == [200, 200, 429]
    assert (reads[2].json()["code"], 1 <= int(reads[2]["Retry-After"]) <= 5) == (
        "too_many_requests",
        True,
    )
    assert polled == [200] * 12


def test_writing_too_often_writes_nothing():
    writing = caller("engineer")
    assert writing.post("/changes", PLAN).status_code == 201
    before = written()

    assert writing.post("/changes", PLAN).status_code == 429
    assert written() == before


def test_a_token_of_its_own_limit_goes_by_that():
    asking = caller("ci", "gate", per_minute=600)

    assert {asking.post("/gate", QUESTION).status_code for _ in range(5)} == {200}


def test_wrong_secrets_are_slowed_and_sound_ones_from_there_pass():
    sound = token("ci", "changes:read")
    ref = filed()

    codes = [Caller("tg_wrong").get("/changes").status_code for _ in range(4)]

    assert codes == [401, 401, 429, 429]
    assert Caller("tg_wrong").get("/changes")["Retry-After"]
    assert Caller(sound).get(f"/changes/{ref}").status_code == 200
    forged = Caller().post("/oidc/token", {"subject_token": "garbage"})
    assert (forged.status_code, "Retry-After" in forged) == (429, True)
