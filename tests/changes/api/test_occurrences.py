"""When windows hold, over REST."""

import pytest

from tests.changes.api.world import caller

pytestmark = pytest.mark.usefixtures("organisation")

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


def test_occurrences_are_told_for_a_service_in_its_teams_zone():
    floating = {name: value for name, value in RECURRING.items() if name != "time_zone"}
    ref = caller("manager").post("/windows", floating).json()["ref"]

    found = (
        caller("engineer")
        .get(
            "/windows/occurrences",
            **{
                "from": "2031-03-27T00:00:00Z",
                "to": "2031-04-05T00:00:00Z",
                "service": "payments-api",
                "environment": "production",
            },
        )
        .json()
    )

    assert found == [
        {
            "window": ref,
            "name": "Weekend",
            "effect": "freeze",
            "level": "block",
            "reason": "",
            "starts_at": "2031-03-28T15:00:00Z",
            "ends_at": "2031-03-31T04:00:00Z",  # an hour less: the clocks go forward on the 30th
            "time_zone": "Europe/Amsterdam",
        },
        {
            "window": ref,
            "name": "Weekend",
            "effect": "freeze",
            "level": "block",
            "reason": "",
            "starts_at": "2031-04-04T14:00:00Z",
            "ends_at": "2031-04-07T04:00:00Z",
            "time_zone": "Europe/Amsterdam",
        },
    ]


def test_occurrences_leave_out_windows_that_do_not_cover_the_service():
    caller("manager").post("/windows", RECURRING)
    period = {"from": "2031-03-27T00:00:00Z", "to": "2031-04-05T00:00:00Z"}

    assert caller("engineer").get("/windows/occurrences", service="search", **period).json() == []
    assert len(caller("engineer").get("/windows/occurrences", **period).json()) == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"to": "2031-04-05T00:00:00Z"}, "from"),
        ({"from": "2031-04-05T00:00:00Z", "to": "2031-04-05T00:00:00Z"}, "to"),
        ({"from": "2031-01-05T00:00:00Z", "to": "2031-04-08T00:00:00Z"}, "to"),
        ({"from": "2031-04-05T00:00:00", "to": "2031-04-06T00:00:00Z"}, "from"),
        ({"from": "2031-04-05T00:00:00Z", "to": "2031-04-06T00:00:00Z", "service": "x"}, "service"),
        ({"from": "2031-04-05T00:00:00Z", "to": "2031-04-06T00:00:00Z", "x": "x"}, "x"),
    ],
)
def test_a_wrong_period_names_the_field(query, field):
    answer = caller("engineer").get("/windows/occurrences", **query)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
