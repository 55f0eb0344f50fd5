"""Checks that Tidegate runs, over REST."""

import pytest

from changes.models import CheckRule, CheckRun
from tests.changes.api.world import caller, said, scheduled, written

pytestmark = pytest.mark.usefixtures("organisation")


def test_a_check_we_run_begins_with_the_end_of_the_work_and_nobody_reports_it():
    url = "https://example.org/$service"
    CheckRule.objects.create(name="smoke", how="probe", url=url)
    ref = scheduled()
    engineer, ci = caller("engineer"), caller("ci")
    for verb in ("start", "finish"):
        engineer.post(f"/changes/{ref}/{verb}")
    before = written()

    shown = engineer.get(f"/changes/{ref}").json()
    report = ci.post(f"/changes/{ref}/checks", {"name": "smoke", "passed": True})
    again = engineer.post(f"/changes/{ref}/checks/run", {"name": "smoke"})
    unknown = engineer.post(f"/changes/{ref}/checks/run", {"name": "load"})
    stranger = caller("stranger").post(f"/changes/{ref}/checks/run", {"name": "smoke"})

    assert shown["check_runs"] == [{"name": "smoke", "soak_seconds": 0, "holding_since": None}]
    assert shown["verbs"]["close"]["reasons"][0]["code"] == "checks_missing"
    assert (report.status_code, report.json()["code"]) == (409, "check_is_run_here")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert (unknown.status_code, list(unknown.json()["errors"])) == (422, ["name"])
    assert stranger.status_code == 403
    assert written() == before
    assert CheckRun.objects.get().asks["url"] == "https://example.org/payments-api"


def test_a_check_that_a_rule_asked_for_later_is_begun():
    ref = scheduled()
    engineer = caller("engineer")
    for verb in ("start", "finish"):
        engineer.post(f"/changes/{ref}/{verb}")
    CheckRule.objects.create(name="smoke", how="probe", url="https://example.org/")

    begun = engineer.post(f"/changes/{ref}/checks/run", {"name": "smoke"})

    assert (begun.status_code, begun.json()["name"]) == (201, "smoke")
    assert said(ref)[-1] == "check.begun"
