"""Who writes the calendar over REST."""

import pytest

from tests.changes.api.world import caller, written

pytestmark = pytest.mark.usefixtures("organisation")

ONE_OFF = {
    "name": "Black Friday",
    "effect": "freeze",
    "reason": "the busiest day",
    "scope": {"environments": ["production"], "tiers": [1, 2]},
    "starts_at": "2031-11-28T00:00:00+01:00",
    "ends_at": "2031-12-02T09:00:00+01:00",
}
RECURRING = {
    "name": "Weekend",
    "effect": "freeze",
    "scope": {"teams": ["payments"], "except": {"standard_up_to_risk": "low"}},
    "recurrence": "FREQ=WEEKLY;BYDAY=FR",
    "first_date": "2026-01-02",
    "start_time": "16:00",
    "duration": "PT62H",
    "time_zone": "Europe/Amsterdam",
}


@pytest.mark.parametrize("name", ["engineer", "owner", "cab-1", "stranger", "ci"])
def test_only_change_managers_write_the_calendar(name):
    ref = caller("manager").post("/windows", ONE_OFF).json()["ref"]
    before = written()

    answers = [
        caller(name).post("/windows", RECURRING),
        caller(name).patch(f"/windows/{ref}", {"reason": "x"}),
        caller(name).send("DELETE", f"/windows/{ref}"),
    ]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (403, "not_permitted")
    ] * 3
    assert written() == before


def test_a_change_managers_token_needs_the_scope():
    answer = caller("manager", "changes:read", "changes:write").post("/windows", ONE_OFF)

    assert answer.status_code == 403
    assert "windows:write" in answer.json()["detail"]


def test_a_limited_token_writes_windows_of_its_own_services_only():
    limited = caller("manager", services=("payments-api",), teams=("platform",))

    answers = {
        str(scope): limited.post("/windows", {**ONE_OFF, "scope": scope, "name": str(scope)})
        for scope in (
            {},
            {"environments": ["production"]},
            {"services": ["payments-api", "refunds"]},
            {"teams": ["payments"]},
            {"services": ["payments-api"]},
            {"services": ["search"]},
            {"teams": ["platform"]},
        )
    }

    assert [one.status_code for one in answers.values()] == [403, 403, 403, 403, 201, 201, 201]


def test_a_limited_token_does_not_take_over_a_window_of_others():
    ref = caller("manager").post("/windows", ONE_OFF).json()["ref"]
    limited = caller("manager", services=("payments-api",))

    answers = [
        limited.patch(f"/windows/{ref}", {"scope": {"services": ["payments-api"]}}),
        limited.send("DELETE", f"/windows/{ref}"),
    ]

    assert [one.status_code for one in answers] == [403, 403]
