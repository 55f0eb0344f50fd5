"""What counts as leave for a deployment, whoever tells first; and what does not."""

import pytest

from changes import lifecycle
from changes.models import SeenDeployment
from changes.queries import owed
from changes.states import State
from ledger.decision import Refused
from tests.changes.sightings.told import found, judge, permit_for, see, started
from tests.config.recorded import faults
from tests.living import at, change_at, fresh, person, say, verbs_of

pytestmark = pytest.mark.django_db


def test_a_deployment_by_a_permit_is_authorised_whoever_tells_first() -> None:
    change = change_at(State.SCHEDULED)
    permit = permit_for(change, minutes=60)
    see(60.2)
    started(change, minutes=60.4, permit=permit)
    see(60.6, status="success")

    seen = judge(62)

    assert (seen.state, seen.by, seen.change) == ("authorised", "permit", change)
    assert [one["vendor"] for one in seen.told] == ["github", "gate", "github"]
    assert (SeenDeployment.objects.count(), found()) == (1, [])


def test_a_permit_that_is_used_up_late_clears_what_was_found() -> None:
    change = change_at(State.SCHEDULED)
    permit = permit_for(change, minutes=60)
    see(61)
    wrong = judge(62).change

    started(change, minutes=63, permit=permit)

    seen = SeenDeployment.objects.get()
    cleared = fresh(wrong)
    assert (seen.state, seen.by, seen.change) == ("authorised", "permit", change)
    assert (cleared.state, cleared.unauthorised_at) == ("cancelled", None)
    assert (
        cleared.closing_note == f"The permit of {change.ref} was reported for it at 10:03:00 UTC."
    )
    assert verbs_of(wrong.ref)[-1] == "change.cleared"
    assert owed.of_change(cleared) == []
    assert faults() == []


def test_a_permit_asked_for_afterwards_makes_nothing_good() -> None:
    change = change_at(State.SCHEDULED)
    see(61)
    wrong = judge(62).change

    started(change, minutes=65, permit=permit_for(change, minutes=64))

    states = SeenDeployment.objects.order_by("id").values_list("state", "by")
    assert list(states) == [("unauthorised", ""), ("authorised", "permit")]
    assert fresh(wrong).state == State.VALIDATING


def test_what_was_reviewed_is_not_cleared() -> None:
    change = change_at(State.SCHEDULED)
    permit = permit_for(change, minutes=60)
    see(61)
    wrong = judge(62).change
    say("review", wrong, minutes=63, text="The script came before its permit.")

    started(change, minutes=64, permit=permit)

    assert fresh(wrong).state == State.VALIDATING
    with pytest.raises(Refused) as refused:
        lifecycle.clear(ref=wrong.ref, reason="It was.", actor=person("manager"), now=at(65))
    assert refused.value.decision.codes == ("wrong_state",)


def test_nobody_clears_or_detects_what_somebody_planned() -> None:
    change = change_at(State.VALIDATING)

    with pytest.raises(Refused) as refused:
        lifecycle.clear(ref=change.ref, reason="x", actor=person("manager"), now=at(100))

    assert refused.value.decision.codes == ("not_permitted",)


@pytest.mark.parametrize(
    ("given", "seen_at", "by"),
    [
        ({}, 70, "change"),
        ({"revision": ""}, 70, "change"),
        ({"revision": "9" * 40}, 70, ""),
        ({}, 59, "change"),
        ({}, 50, ""),
        ({}, 91, "change"),
        ({}, 99, ""),
    ],
)
def test_a_change_being_implemented_then_is_leave(given, seen_at, by) -> None:
    change = change_at(State.VALIDATING)
    see(seen_at, later=100 - seen_at, **given)

    seen = judge(120)

    assert (seen.by, seen.change == change) == (by, bool(by))
    assert len(found()) == (0 if by else 1)
