"""What becomes of a running change when a freeze begins or a maintenance window closes."""

from datetime import timedelta

import pytest

from changes.policies import may, next_allowed_at
from changes.states import Kind, State
from changes.windows import Effect, InFlight
from tests.changes.policies.given import HOUR, NOW, facts, window

TICK = timedelta(microseconds=1)
RUNNING = State.IMPLEMENTING


@pytest.mark.parametrize(
    ("state", "in_flight", "codes"),
    [
        (State.IMPLEMENTING, InFlight.FINISH, ()),
        (State.IMPLEMENTING, InFlight.STOP, ("freeze_active",)),
        (State.SCHEDULED, InFlight.FINISH, ("freeze_active",)),
        (State.SCHEDULED, InFlight.STOP, ("freeze_active",)),
    ],
)
def test_a_freeze_denies_running_changes_only_where_it_stops_them(
    state: State, in_flight: InFlight, codes: tuple[str, ...]
) -> None:
    asked = facts(state, windows=(window(in_flight=in_flight),))

    assert may("deploy", asked, now=NOW).codes == codes


def test_what_may_finish_is_told_of_the_freeze() -> None:
    decision = may("deploy", facts(RUNNING, windows=(window(),)), now=NOW)

    (warning,) = decision.warnings
    assert decision.allowed
    assert (warning.code, warning.until) == ("freeze_active", NOW + 2 * HOUR)
    assert warning.message == (
        "Weekend freeze holds until Wed 18 Nov 13:00 CET; CHG-1 is running and may finish."
    )


def test_what_must_stop_is_told_to_roll_back() -> None:
    asked = facts(RUNNING, windows=(window(in_flight=InFlight.STOP, reason="the sale"),))

    decision = may("deploy", asked, now=NOW)

    (reason,) = decision.reasons
    assert (reason.code, reason.until) == ("freeze_active", NOW + 2 * HOUR)
    assert reason.message == (
        "production is frozen for refunds until Wed 18 Nov 13:00 CET, also for running changes: "
        "Weekend freeze (the sale)."
    )
    assert reason.remedy == (
        "Roll CHG-1 back, go on after Wed 18 Nov 13:00 CET, or answer an open incident with an "
        "emergency change."
    )
    assert decision.warnings == ()


def test_of_two_freezes_only_the_one_that_stops_is_waited_for() -> None:
    asked = facts(
        RUNNING,
        windows=(
            window(name="Long", lasts=24 * HOUR),
            window(name="Short", lasts=HOUR + TICK, in_flight=InFlight.STOP),
        ),
    )

    assert may("deploy", asked, now=NOW).codes == ("freeze_active",)
    assert next_allowed_at("deploy", asked, now=NOW) == NOW + TICK


@pytest.mark.parametrize("verb", ["finish", "roll_back", "check"])
def test_no_freeze_keeps_a_running_change_from_ending(verb: str) -> None:
    asked = facts(RUNNING, windows=(window(in_flight=InFlight.STOP),))

    assert may(verb, asked, now=NOW).codes == ()


def test_an_emergency_change_skips_freezes_that_stop() -> None:
    asked = facts(RUNNING, Kind.EMERGENCY, windows=(window(in_flight=InFlight.STOP),))

    assert may("deploy", asked, now=NOW).codes == ()


@pytest.mark.parametrize(
    ("in_flight", "started_at", "codes"),
    [
        (InFlight.FINISH, NOW - HOUR, ()),
        (InFlight.STOP, NOW - HOUR, ("outside_maintenance_window",)),
        (InFlight.FINISH, NOW - 3 * HOUR, ("outside_maintenance_window",)),
        (InFlight.FINISH, NOW - TICK, ("outside_maintenance_window",)),
        (InFlight.FINISH, None, ("outside_maintenance_window",)),
    ],
)
def test_a_change_finishes_by_the_maintenance_window_it_was_started_in(
    in_flight: InFlight, started_at: object, codes: tuple[str, ...]
) -> None:
    opening = window(
        Effect.MAINTENANCE,
        starts_in=-2 * HOUR,
        lasts=2 * HOUR - TICK,
        in_flight=in_flight,
    )
    asked = facts(RUNNING, environment_is_open=False, windows=(opening,), started_at=started_at)

    assert may("deploy", asked, now=NOW).codes == codes


def test_a_change_that_has_not_begun_does_not_finish_after_closing() -> None:
    opening = window(Effect.MAINTENANCE, starts_in=-2 * HOUR, lasts=HOUR)
    asked = facts(
        State.SCHEDULED,
        environment_is_open=False,
        windows=(opening,),
        started_at=NOW - 3 * HOUR / 2,
    )

    assert may("deploy", asked, now=NOW).codes == ("outside_maintenance_window",)
