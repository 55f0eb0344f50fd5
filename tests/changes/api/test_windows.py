"""The calendar over REST."""

import pytest

from changes.models import Window
from ledger.models import Event
from tests.changes.api.world import caller, said

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


def test_a_change_manager_opens_a_one_off_freeze():
    answer = caller("manager").post("/windows", ONE_OFF)

    body = answer.json()
    preview = body.pop("preview")
    window = Window.objects.get(name="Black Friday")
    assert answer.status_code == 201
    assert preview == {
        "times": [
            {
                "zones": ["UTC"],
                "occurrences": [
                    {
                        "starts_at": "2031-11-27T23:00:00Z",
                        "ends_at": "2031-12-02T08:00:00Z",
                        "reason": "the busiest day",
                    }
                ],
            }
        ],
        "warnings": [],
    }
    assert body == {
        "ref": window.ref,
        "name": "Black Friday",
        "effect": "freeze",
        "level": "block",
        "reason": "the busiest day",
        "in_flight": "finish",
        "active": True,
        "override_by": "Change managers",
        "override_review_days": 3,
        "scope": {
            "teams": [],
            "services": [],
            "environments": ["production"],
            "tiers": [1, 2],
            "kinds": [],
            "categories": [],
            "except": {
                "teams": [],
                "services": [],
                "environments": [],
                "tiers": [],
                "kinds": [],
                "categories": [],
                "standard_up_to_risk": None,
            },
        },
        "starts_at": "2031-11-27T23:00:00Z",
        "ends_at": "2031-12-02T08:00:00Z",
        "recurrence": "",
        "first_date": None,
        "start_time": None,
        "duration": None,
        "time_zone": "",
        "ics_url": "",
        "holidays": "",
        "calendar": None,
    }
    assert caller("auditor").get(f"/windows/{window.ref}").json() == body
    assert said(window.ref) == ["window.created"]


def test_a_recurring_freeze_comes_back_as_it_was_sent():
    body = caller("manager").post("/windows", RECURRING).json()

    plain = {name: value for name, value in RECURRING.items() if name != "scope"}
    assert {name: body[name] for name in plain} == plain
    assert body["scope"]["except"]["standard_up_to_risk"] == "low"


def test_exceptions_come_back_and_are_edited_one_by_one():
    excepted = {"teams": ["platform"], "tiers": [4], "kinds": ["standard"]}
    ref = (
        caller("manager").post("/windows", {**ONE_OFF, "scope": {"except": excepted}}).json()["ref"]
    )

    body = caller("manager").patch(f"/windows/{ref}", {"scope": {"except": {"tiers": [3]}}}).json()

    assert body["scope"]["except"] == {
        "teams": ["platform"],
        "services": [],
        "environments": [],
        "tiers": [3],
        "kinds": ["standard"],
        "categories": [],
        "standard_up_to_risk": None,
    }
    assert Event.objects.get(subject=ref, verb="window.edited").data["diff"] == {
        "except_tiers": [[4], [3]]
    }


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("PT62H", "PT62H"), ("P2D", "PT48H"), ("P1W", "PT168H"), ("P1DT1H30M", "PT25H30M")],
)
def test_lengths_are_iso_8601(sent, kept):
    monthly = {**RECURRING, "recurrence": "FREQ=MONTHLY;BYMONTHDAY=1"}

    body = caller("manager").post("/windows", {**monthly, "duration": sent}).json()

    assert body["duration"] == kept


def test_a_recurrence_begins_today_unless_it_is_dated():
    undated = {name: value for name, value in RECURRING.items() if name != "first_date"}

    body = caller("manager").post("/windows", undated).json()

    created = Event.objects.get(subject=body["ref"]).at
    assert body["first_date"] == created.date().isoformat()


def test_an_edit_is_recorded_with_what_changed():
    ref = caller("manager").post("/windows", ONE_OFF).json()["ref"]

    body = (
        caller("manager").patch(f"/windows/{ref}", {"reason": "the sale", "level": "warn"}).json()
    )

    assert (body["reason"], body["level"]) == ("the sale", "warn")
    event = Event.objects.get(subject=ref, verb="window.edited")
    assert event.data["diff"] == {
        "reason": ["the busiest day", "the sale"],
        "level": ["block", "warn"],
    }


def test_an_edit_that_changes_nothing_is_not_recorded():
    ref = caller("manager").post("/windows", ONE_OFF).json()["ref"]

    answer = caller("manager").patch(f"/windows/{ref}", {"reason": "the busiest day"})

    assert (answer.status_code, said(ref)) == (200, ["window.created"])


def test_giving_a_recurrence_makes_a_one_off_recur_and_back():
    ref = caller("manager").post("/windows", ONE_OFF).json()["ref"]
    times = {name: RECURRING[name] for name in ("recurrence", "start_time", "duration")}

    recurs = caller("manager").patch(f"/windows/{ref}", times).json()
    again = {name: ONE_OFF[name] for name in ("starts_at", "ends_at")}
    once = caller("manager").patch(f"/windows/{ref}", again).json()

    assert (recurs["starts_at"], recurs["duration"]) == (None, "PT62H")
    assert (once["recurrence"], once["duration"], once["ends_at"]) == (
        "",
        None,
        "2031-12-02T08:00:00Z",
    )


def test_deleting_deactivates_and_keeps_the_row():
    ref = caller("manager").post("/windows", ONE_OFF).json()["ref"]

    first = caller("manager").send("DELETE", f"/windows/{ref}")
    again = caller("manager").send("DELETE", f"/windows/{ref}")

    assert (first.status_code, first.json()["active"], again.status_code) == (200, False, 200)
    assert said(ref) == ["window.created", "window.deactivated"]
    assert caller("manager").get("/windows", active="true").json()["results"] == []


def test_listing_costs_the_same_number_of_statements_for_one_and_three(django_assert_num_queries):
    manager = caller("manager")
    manager.post("/windows", {**ONE_OFF, "effect": "maintenance"})
    reader = caller("engineer")
    with django_assert_num_queries(2):
        assert len(reader.get("/windows", effect="maintenance").json()["results"]) == 1
    for name in ("b", "c"):
        manager.post("/windows", {**ONE_OFF, "effect": "maintenance", "name": name})

    with django_assert_num_queries(2):
        assert len(reader.get("/windows", effect="maintenance").json()["results"]) == 3
