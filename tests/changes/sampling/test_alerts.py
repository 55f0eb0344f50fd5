"""Alerts that begin on a service fail the checks of the change that is being validated."""

from datetime import timedelta
from typing import Any

import pytest

from changes import deployments, sampling
from changes.models import Change, CheckRule
from changes.states import State
from incidents.models import Alert
from ledger.decision import Refused
from tests.changes.sampling.stepping import CANARY
from tests.changes.sampling.watching import MINUTE, looked, run_of, validating
from tests.living import at, change_at, environment, person, say, service

pytestmark = pytest.mark.usefixtures("settled")


@pytest.fixture
def quiet(settled: None) -> CheckRule:
    """No alert may begin for three minutes."""
    return CheckRule.objects.create(
        name="quiet",
        how="no_alerts",
        interval=MINUTE,
        soak=3 * MINUTE,
        give_up_after=timedelta(hours=1),
    )


def fires(*, minutes: float, ended: float | None = None, on: str = "refunds", **given: Any) -> None:
    Alert.objects.create(
        source="prometheus",
        key=f"{on} {minutes}",
        state="resolved" if ended else "firing",
        title="Errors above 5 %",
        service=service(on),
        occurrence="1",
        first_at=at(minutes),
        started_at=at(minutes),
        last_heard_at=at(minutes),
        ended_at=at(ended) if ended else None,
        **given,
    )


def report_of(change: Change) -> tuple[bool, str]:
    check = change.checks.get(name="quiet")
    return check.passed, check.detail


def test_quiet_for_its_soak_time_passes(quiet: CheckRule):
    fires(minutes=59)
    change = validating()

    looked(90, 91, 92, 93)

    assert report_of(change)[0] is True


def test_an_alert_that_begins_fails_it_at_once_with_what_fired(quiet: CheckRule):
    change = validating()
    looked(90)
    fires(minutes=90.5)

    looked(91)

    assert report_of(change) == (
        False,
        "Since Wed 18 Nov 11:00 CET fired: Errors above 5 % on refunds "
        "from Wed 18 Nov 11:30 CET. 2 looks, 1 of them did not hold.",
    )
    assert run_of(change).check_row.evidence["samples"][-1]["found"] == "alerts"
    with pytest.raises(Refused) as refused:
        say("close", change, minutes=95, outcome="successful", note="Fine.")
    assert refused.value.decision.codes == ("check_failed",)


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ({"minutes": 70, "ended": 80}, False),
        ({"minutes": 70, "place": "production"}, False),
        ({"minutes": 70, "place": "staging"}, None),
        ({"minutes": 70, "on": "payments-api"}, None),
        ({"minutes": 40, "ended": 50}, None),
    ],
)
def test_what_counts_began_there_since_the_change_started(quiet: CheckRule, given, passed):
    place = given.pop("place", "")
    fires(**given, **({"environment": environment(place)} if place else {}))
    change = validating()

    looked(90)

    found = change.checks.filter(name="quiet").first()
    assert (found.passed if found else None) is passed


def test_an_alert_that_begins_fails_the_step_of_a_canary(quiet: CheckRule):
    CheckRule.objects.update(used_for="canary")
    change = change_at(State.IMPLEMENTING, **CANARY)
    told = deployments.Report("step", at(61), change=change.ref, percent=5)
    deployments.report(told, actor=person("ci"), now=at(61))
    sampling.look_at_steps(now=at(61))
    fires(minutes=61.5)

    sampling.look_at_steps(now=at(62))

    assert change.rollout_steps.get(percent=5).state == "failed"
