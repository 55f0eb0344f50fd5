"""What saving a window shows, and a dry run that saves nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from changes.models import Window
from tests.changes.api.world import caller, filed, said, written

pytestmark = pytest.mark.usefixtures("organisation")

NIGHTLY = {
    "name": "Nightly",
    "effect": "maintenance",
    "scope": {"environments": ["production"]},
    "recurrence": "FREQ=DAILY",
    "start_time": "02:30",
    "duration": "PT1H30M",
    "time_zone": "Europe/Amsterdam",
}


def dry(body: dict, ref: str = "", *, by: str = "manager"):
    """The answer to a dry run."""
    method, path = ("PATCH", f"/windows/{ref}") if ref else ("POST", "/windows")
    return caller(by).send(method, f"{path}?dry_run=true", body)


def test_a_dry_run_shows_the_next_ten_times_and_saves_nothing():
    before = written()

    answer = dry(NIGHTLY)

    body = answer.json()
    (times,) = body["preview"]["times"]
    assert (answer.status_code, body["ref"], written()) == (200, None, before)
    assert (times["zones"], len(times["occurrences"])) == (["Europe/Amsterdam"], 10)
    starts = [datetime.fromisoformat(one["starts_at"]) for one in times["occurrences"]]
    assert starts == sorted(starts)
    assert starts[0] > datetime.now(UTC) - timedelta(hours=2)


def test_a_dry_run_shows_what_saving_shows():
    tried = dry(NIGHTLY).json()
    kept = caller("manager").post("/windows", NIGHTLY).json()

    assert {**kept, "ref": None} == tried
    assert said(kept["ref"]) == ["window.created"]


def test_clock_changes_are_warned_of():
    warnings = dry(NIGHTLY).json()["preview"]["warnings"]

    assert {one["code"] for one in warnings} == {"clock_gap", "clock_fold"}
    assert any("does not exist in Europe/Amsterdam" in one["message"] for one in warnings)


def test_a_window_shorter_than_the_changes_it_must_hold_is_warned_of():
    ref = filed()
    filed(service="search", environment="staging")

    utc = {**NIGHTLY, "time_zone": "UTC"}
    (warning,) = dry(utc).json()["preview"]["warnings"]

    assert warning == {
        "code": "shorter_than_changes",
        "message": "Its longest time is 1 h 30 min; 1 of 1 open changes in its scope are planned "
        f"for longer, {ref} for 5 h.",
    }
    excepted = {**utc, "scope": {"except": {"services": ["payments-api"]}}, "duration": "PT6H"}
    assert dry(excepted).json()["preview"]["warnings"] == []
    assert dry({**utc, "effect": "freeze"}).json()["preview"]["warnings"] == []


def test_a_dry_run_of_an_edit_leaves_the_window_as_it_was():
    ref = caller("manager").post("/windows", NIGHTLY).json()["ref"]

    body = dry({"duration": "PT3H"}, ref).json()

    assert (body["ref"], body["duration"]) == (ref, "PT3H")
    assert Window.objects.get(name="Nightly").duration == timedelta(hours=1, minutes=30)
    assert said(ref) == ["window.created"]


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        (
            {"time_zone": "Mars/Base"},
            "time_zone",
            "“Mars/Base” is not an IANA time zone. Use a name such as Europe/Amsterdam or UTC.",
        ),
        (
            {"recurrence": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"},
            "recurrence",
            None,
        ),
        (
            {"duration": "PT24H"},
            "recurrence",
            "It would hold without a pause: each time begins before the last one has ended. "
            "Shorten it, or make the environment closed or open by default.",
        ),
        ({"recurrence": "FREQ=SECONDLY"}, "recurrence", None),
        ({"recurrence": "FREQ=MINUTELY;INTERVAL=5"}, "recurrence", None),
        ({"duration": "PT30S"}, "duration", "It must last at least a minute."),
    ],
)
def test_what_could_not_be_saved_is_refused_in_a_dry_run_too(wrong, field, sentence):
    before = written()

    for answer in (dry(NIGHTLY | wrong), caller("manager").post("/windows", NIGHTLY | wrong)):
        errors = answer.json()["errors"]
        assert (answer.status_code, list(errors)) == (422, [field])
        assert sentence is None or errors[field] == [sentence]
        assert errors[field][0].endswith(".")
    assert written() == before


@pytest.mark.parametrize("by", ["engineer", "auditor"])
def test_a_dry_run_is_for_who_may_write(by):
    answer = dry(NIGHTLY, by=by)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


def test_an_unknown_parameter_is_refused():
    answer = caller("manager").post("/windows?dry=1", NIGHTLY)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["dry"])
