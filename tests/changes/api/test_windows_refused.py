"""Windows that are refused over REST: each wrong field is named and nothing is written."""

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


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        (
            {"scope": {"services": ["payments-apj"]}},
            "scope.services",
            "There is no service payments-apj. Did you mean payments-api?",
        ),
        (
            {"scope": {"except": {"services": ["payments-apj"]}}},
            "scope.except.services",
            "There is no service payments-apj. Did you mean payments-api?",
        ),
        (
            {"scope": {"teams": ["payments"], "except": {"teams": ["payments", "platform"]}}},
            "scope.except.teams",
            "It excepts all that it covers: leave something, or deactivate it.",
        ),
        ({"scope": {"teams": ["x"]}}, "scope.teams", "There is no team x."),
        (
            {"scope": {"tiers": [5]}},
            "scope.tiers.0",
            "Ensure this value is less than or equal to 4.",
        ),
        ({"scope": {"colour": ["red"]}}, "scope.colour", "There is no such field. Leave it out."),
        (
            {"starts_at": "2031-11-28T00:00:00"},
            "starts_at",
            "Give the time with its offset, such as 2026-11-23T09:00:00+01:00.",
        ),
        ({"ends_at": "2031-11-27T00:00:00Z"}, "ends_at", "It must end after it starts."),
        (
            {"starts_at": "2001-11-26T00:00:00Z", "ends_at": "2001-11-27T00:00:00Z"},
            "ends_at",
            "This period is over: give one that lies ahead.",
        ),
        (
            {"starts_at": None},
            "non_field_errors",
            "Give a start and an end, or a recurrence with a start time, or a calendar.",
        ),
        (
            {"time_zone": "Europe/Atlantis"},
            "time_zone",
            "“Europe/Atlantis” is not an IANA time zone. "
            "Use a name such as Europe/Amsterdam or UTC.",
        ),
        (
            {"effect": "thaw"},
            "effect",
            "“thaw” is not known here. Use one of: freeze, maintenance.",
        ),
        (
            {"ics_link": "https://example.org/x.ics"},
            "ics_link",
            "There is no such field. Leave it out.",
        ),
        ({"name": ""}, "name", "This field may not be blank."),
    ],
)
def test_a_wrong_one_off_names_the_field_and_writes_nothing(wrong, field, sentence):
    before = written()

    answer = caller("manager").post("/windows", {**ONE_OFF, **wrong})

    assert (answer.status_code, answer.json()["errors"]) == (422, {field: [sentence]})
    assert written() == before


def test_a_window_holds_by_its_own_times_or_by_a_calendar_not_both():
    before = written()

    answer = caller("manager").post("/windows", {**ONE_OFF, "ics_url": "https://example.org/x.ics"})

    assert answer.status_code == 422
    assert "one of them says when it holds" in str(answer.json()["errors"])
    assert written() == before


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"recurrence": "every Friday"}, "recurrence"),
        ({"recurrence": "FREQ=SECONDLY"}, "recurrence"),
        ({"recurrence": "FREQ=WEEKLY;INTERVAL=0"}, "recurrence"),
        ({"recurrence": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, "recurrence"),
        ({"recurrence": "FREQ=DAILY;UNTIL=20260110"}, "recurrence"),
        ({"duration": "PT0S"}, "duration"),
        ({"duration": "P1M"}, "duration"),
        ({"duration": "P"}, "duration"),
        ({"duration": "PT"}, "duration"),
        ({"duration": "P999W"}, "duration"),
        ({"duration": 62}, "duration"),
        ({"start_time": "24:00"}, "start_time"),
        ({"start_time": None}, "non_field_errors"),
        ({"first_date": "2026-02-30"}, "first_date"),
        ({"first_date": "0001-01-01"}, "first_date"),
    ],
)
def test_a_wrong_recurrence_names_the_field_and_writes_nothing(wrong, field):
    before = written()

    answer = caller("manager").post("/windows", {**RECURRING, **wrong})

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert written() == before


def test_two_windows_cannot_have_one_name():
    caller("manager").post("/windows", ONE_OFF)

    answer = caller("manager").post("/windows", ONE_OFF)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["name"])


def test_an_unknown_window_is_not_found():
    for ref in ("WIN-999", "WIN-0", "7", "CHG-1"):
        assert caller("manager").get(f"/windows/{ref}").status_code == 404
        assert caller("manager").patch(f"/windows/{ref}", {}).status_code == 404
        assert caller("manager").send("DELETE", f"/windows/{ref}").status_code == 404
