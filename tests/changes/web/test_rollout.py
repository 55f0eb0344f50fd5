"""A canary on the page of its change, and steps taken by hand."""

from collections.abc import Callable

import pytest
from django.test import Client

from changes import sampling
from changes.models import RolloutStep, StepMeasure
from changes.states import State
from tests.changes.sampling.stepping import CANARY
from tests.living import change_at, verbs_of

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]
AT_ONCE = {**CANARY, "canary_soak_minutes": [0]}


def panel(browser: Client, ref: str) -> str:
    """The panel of the canary, its white space closed up; "" where there is none."""
    page = browser.get(f"/changes/{ref}").content.decode()
    _, _, after = page.partition('id="rollout"')
    return " ".join(after.partition("</section>")[0].split())


def test_a_person_takes_a_step_and_the_page_says_how_it_goes(signed_in: Open) -> None:
    change, browser = change_at(State.IMPLEMENTING, **AT_ONCE), signed_in("engineer")
    before = panel(browser, change.ref)

    answer = browser.post(f"/changes/{change.ref}/steps/5")
    soaking = panel(browser, change.ref)
    browser.post(f"/changes/{change.ref}/check", {"name": "smoke", "passed": "yes"})
    (due,) = StepMeasure.objects.all()
    sampling.look_at_steps(now=due.due_at)
    stable = panel(browser, change.ref)

    assert (answer.status_code, answer["Location"]) == (303, f"/changes/{change.ref}#rollout")
    assert "<b>Go on to 5 %</b>" in before
    assert f'action="/changes/{change.ref}/steps/5"' in before
    assert "<b>Let it soak</b>" in soaking
    assert "Soaking" in soaking
    assert "not looked at yet" in soaking
    assert 'disabled aria-describedby="verb-step-reasons">Say that it is at 25 %' in soaking
    assert "<b>Go on to 25 %</b>" in stable
    assert "smoke passed since the step began." in stable
    assert verbs_of(change.ref)[-3:] == [
        "deployment.step",
        "change.check_reported",
        "deployment.step_stable",
    ]


def test_a_step_that_failed_says_to_roll_back_and_offers_no_next(signed_in: Open) -> None:
    change, browser = change_at(State.IMPLEMENTING, **AT_ONCE), signed_in("engineer")
    browser.post(f"/changes/{change.ref}/steps/5")
    browser.post(f"/changes/{change.ref}/check", {"name": "smoke", "passed": "no"})
    (due,) = StepMeasure.objects.all()
    sampling.look_at_steps(now=due.due_at)

    failed = panel(browser, change.ref)

    assert "<b>Roll it back</b>" in failed
    assert "The step to 5 % failed. reported checks: smoke failed since the step began." in failed
    assert "/steps/" not in failed


@pytest.mark.parametrize(
    ("who", "percent", "status"),
    [("engineer", 25, 409), ("engineer", 7, 422), ("stranger", 5, 403), ("auditor", 5, 403)],
)
def test_a_step_that_may_not_be_taken_says_why(
    signed_in: Open, who: str, percent: int, status: int
) -> None:
    change = change_at(State.IMPLEMENTING, **AT_ONCE)

    answer = signed_in(who).post(f"/changes/{change.ref}/steps/{percent}")

    assert (answer.status_code, RolloutStep.objects.count()) == (status, 0)


def test_a_plan_shows_its_steps_and_a_change_without_any_shows_none(signed_in: Open) -> None:
    planned = change_at(State.PLANNING, **CANARY)
    plain = change_at(State.PLANNING)
    browser = signed_in("engineer")

    assert panel(browser, planned.ref).count("Planned") == 3
    assert "soaks 3 min" in panel(browser, planned.ref)
    assert panel(browser, plain.ref) == ""
