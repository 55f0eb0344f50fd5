"""What a rollback of a confirmed cause passes by, and what stops it all the same."""

from dataclasses import replace
from datetime import timedelta

import pytest

from changes.policies import may
from changes.policies.facts import IncidentFacts, LockFacts, OverdueReview, RollbackFacts
from changes.states import Kind, State
from changes.windows import Interval
from tests.changes.policies.given import NOW, facts

HOUR = timedelta(hours=1)
BACK = RollbackFacts("CHG-1", confirmed=True, as_written=True)
ANSWERED = IncidentFacts("INC-7", 2, True, NOW - HOUR)
ROLLBACK = facts(
    state=State.SCHEDULED,
    kind=Kind.EMERGENCY,
    incident=ANSWERED,
    open_incidents=(ANSWERED,),
    rollback=BACK,
    needs=(),
    votes=(),
)
OTHER = IncidentFacts("INC-8", 1, True, NOW - HOUR)


@pytest.mark.parametrize("verb", ["start", "deploy"])
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"open_incidents": (ANSWERED, OTHER)}, "incident_open"),
        ({"planned": Interval(NOW + HOUR, NOW + 2 * HOUR)}, "outside_planned_period"),
        ({"overdue_reviews": (OverdueReview("CHG-2", NOW - HOUR),)}, "review_overdue"),
        ({"environment_is_open": False}, "outside_maintenance_window"),
        ({"lock": LockFacts("ada", "A migration.", NOW + HOUR)}, "environment_busy"),
    ],
)
def test_what_would_stop_others_is_told_and_does_not_stop_it(verb, given, code):
    decision = may(verb, replace(ROLLBACK, **given), now=NOW)

    assert (decision.allowed, [one.code for one in decision.warnings]) == (True, [code])
    assert "does not stop" in decision.warnings[0].message


@pytest.mark.parametrize(
    ("rollback", "codes"),
    [
        (BACK, ()),
        (replace(BACK, has_implementer=False), ("implementer_missing",)),
        (replace(BACK, confirmed=False), ("approvals_missing",)),
        (replace(BACK, as_written=False), ("approvals_missing",)),
    ],
)
def test_it_needs_its_cause_its_plan_and_somebody_who_does_it(rollback, codes):
    assert may("start", replace(ROLLBACK, rollback=rollback), now=NOW).codes == codes


def test_a_suspicion_alone_passes_by_nothing():
    suspected = replace(
        ROLLBACK,
        rollback=replace(BACK, confirmed=False),
        open_incidents=(ANSWERED, OTHER),
    )

    assert "incident_open" in may("start", suspected, now=NOW).codes


def test_a_hold_and_an_incident_that_is_over_stop_it_as_any_other():
    over = replace(ANSWERED, is_open=False)

    assert may("start", replace(ROLLBACK, incident=over), now=NOW).codes == ("incident_required",)
