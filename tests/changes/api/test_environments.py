"""Environments over REST: taking them, giving them back, how much goes on at once."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.models import Environment
from changes.models import EnvironmentLock
from ledger.models import Event
from tests.changes.api.world import caller, scheduled

pytestmark = pytest.mark.usefixtures("organisation")
PATH = "/environments/production"


def words(**more: object) -> dict[str, object]:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    return {"reason": "Moving the rack.", "until": until.isoformat(), **more}


def test_an_environment_is_taken_read_and_given_back():
    ref = scheduled()
    taken = caller("manager").post(f"{PATH}/lock", words())

    assert (taken.status_code, taken.json()["by"]) == (201, "manager")
    assert caller("engineer").get(PATH).json()["lock"] == taken.json()
    refused = caller("engineer").post(f"/changes/{ref}/start")
    assert (refused.status_code, refused.json()["code"]) == (409, "environment_busy")
    released = caller("manager").post(f"{PATH}/release")
    assert (released.status_code, released.json()["released_by"]) == (200, "manager")
    assert caller("engineer").post(f"/changes/{ref}/start").status_code == 200
    now = caller("engineer").get(PATH).json()
    assert (now["lock"], [one["ref"] for one in now["running"]]) == (None, [ref])


def test_the_gate_waits_for_whoever_took_it():
    ref = scheduled()
    until = caller("manager").post(f"{PATH}/lock", words()).json()["until"]

    answer = caller("ci").post(
        "/gate", {"service": "payments-api", "environment": "production", "change": ref}
    )

    assert (answer.json()["decision"], answer.json()["next_allowed_at"]) == ("wait", until)
    assert [one["code"] for one in answer.json()["reasons"]] == ["environment_busy"]


def test_a_change_manager_lets_approvers_confirm_who_they_are():
    before = caller("engineer").get(PATH).json()["demands_reauthentication"]

    answers = [
        caller(who).patch(PATH, {"demands_reauthentication": True}) for who in ("owner", "manager")
    ]

    assert (before, [one.status_code for one in answers]) == (False, [403, 200])
    assert answers[1].json()["demands_reauthentication"] is True


def test_of_two_who_take_it_the_second_is_told_who_was_first():
    caller("manager").post(f"{PATH}/lock", words())

    again = caller("manager").post(f"{PATH}/lock", words())

    assert (again.status_code, again.json()["code"]) == (409, "environment_busy")
    assert EnvironmentLock.objects.count() == 1


@pytest.mark.parametrize("username", ["engineer", "stranger", "auditor"])
def test_a_stranger_takes_nothing(username: str):
    for method, path, body in (
        ("post", f"{PATH}/lock", words()),
        ("post", f"{PATH}/release", {}),
        ("patch", PATH, {"max_running": 1}),
    ):
        answer = getattr(caller(username), method)(path, body)
        assert answer.status_code == 403, (path, answer.content)
    assert EnvironmentLock.objects.count() == 0
    assert not Event.objects.filter(subject__startswith="environment:").exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        (words(reason=""), "reason"),
        (words(until="soon"), "until"),
        (words(until="2001-01-01T00:00:00Z"), "until"),
        (words(change="CHG-99999"), "change"),
        (words(colour="red"), "colour"),
    ],
)
def test_bad_words_are_named_and_nothing_is_kept(body: dict[str, object], field: str):
    answer = caller("manager").post(f"{PATH}/lock", body)

    assert (answer.status_code, field in answer.json()["errors"]) == (422, True)
    assert EnvironmentLock.objects.count() == 0


def test_limits_are_set_by_a_change_manager():
    answer = caller("manager").patch(PATH, {"max_running": 2, "one_at_a_time": "environment"})

    row = Environment.objects.get(slug="production")
    assert answer.status_code == 200
    assert (row.max_running, row.one_at_a_time) == (2, "environment")
    assert (answer.json()["max_running"], answer.json()["one_at_a_time"]) == (2, "environment")


@pytest.mark.parametrize("body", [{"max_running": 0}, {"one_at_a_time": "weekday"}])
def test_limits_that_cannot_be_are_refused(body: dict[str, object]):
    answer = caller("manager").patch(PATH, body)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, list(body))


def test_an_unknown_environment_is_not_found():
    assert caller("manager").get("/environments/nowhere").status_code == 404
    assert caller("manager").post("/environments/nowhere/lock", words()).status_code == 404
