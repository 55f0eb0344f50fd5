"""The planned period, freezes and maintenance windows."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from changes.policies import may
from changes.states import Kind, State
from changes.windows import Effect, Interval, Level, Recurrence, Window
from tests.changes.policies.given import HOUR, NOW, facts, window

TICK = timedelta(microseconds=1)
VERBS = ("start", "deploy")


@pytest.mark.parametrize("verb", VERBS)
def test_too_early_waits_for_the_planned_start(verb: str) -> None:
    asked = facts(State.SCHEDULED, planned=Interval(NOW + TICK, NOW + HOUR))

    (reason,) = may(verb, asked, now=NOW).reasons

    assert (reason.code, reason.until) == ("outside_planned_period", NOW + TICK)
    assert reason.message == "CHG-1 is planned from Wed 18 Nov 11:00 CET."


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("planned", "codes"),
    [
        (Interval(NOW, NOW + TICK), ()),
        (Interval(NOW - HOUR, NOW), ("outside_planned_period",)),
    ],
)
def test_the_planned_period_is_half_open(
    verb: str, planned: Interval, codes: tuple[str, ...]
) -> None:
    assert may(verb, facts(State.SCHEDULED, planned=planned), now=NOW).codes == codes


@pytest.mark.parametrize(
    ("verb", "state", "remedy"),
    [
        ("start", State.SCHEDULED, "Revise CHG-1 and plan a period that lies ahead."),
        ("deploy", State.SCHEDULED, "Revise CHG-1 and plan a period that lies ahead."),
        (
            "deploy",
            State.IMPLEMENTING,
            "Finish CHG-1 or roll it back; file a new change for what is left to deploy.",
        ),
    ],
)
def test_too_late_never_mends_itself(verb: str, state: State, remedy: str) -> None:
    asked = facts(state, planned=Interval(NOW - 2 * HOUR, NOW))

    (reason,) = may(verb, asked, now=NOW).reasons

    assert (reason.code, reason.until, reason.remedy) == ("outside_planned_period", None, remedy)


@pytest.mark.parametrize("verb", [*VERBS, "explain"])
def test_a_freeze_names_itself_its_end_and_what_to_do(verb: str) -> None:
    freeze = window(reason="nobody is there to help")

    (reason,) = may(verb, facts(State.SCHEDULED, windows=(freeze,)), now=NOW).reasons

    assert (reason.code, reason.until, reason.source) == (
        "freeze_active",
        NOW + 2 * HOUR,
        "window Weekend freeze",
    )
    assert reason.message == (
        "production is frozen for refunds until Wed 18 Nov 13:00 CET: "
        "Weekend freeze (nobody is there to help)."
    )
    assert reason.remedy == (
        "Plan it after Wed 18 Nov 13:00 CET, or answer an open incident with an emergency change."
    )


def test_every_freeze_that_holds_is_named_and_the_last_end_counts() -> None:
    short = window(name="Month end", starts_in=-HOUR, lasts=2 * HOUR)
    chained = window(name="Stocktaking", starts_in=HOUR, lasts=HOUR)
    long = window(name="Audit", starts_in=-HOUR, lasts=90 * HOUR / 60)

    decision = may("start", facts(State.SCHEDULED, windows=(short, chained, long)), now=NOW)

    assert [(r.source, r.until) for r in decision.reasons] == [
        ("window Month end", NOW + 2 * HOUR),
        ("window Audit", NOW + 2 * HOUR),
    ]


@pytest.mark.parametrize(
    ("starts_in", "lasts", "codes"),
    [
        (timedelta(0), TICK, ("freeze_active",)),
        (-HOUR, HOUR, ()),
        (TICK, HOUR, ()),
    ],
)
def test_freezes_are_half_open(
    starts_in: timedelta, lasts: timedelta, codes: tuple[str, ...]
) -> None:
    freeze = window(starts_in=starts_in, lasts=lasts)

    assert may("start", facts(State.SCHEDULED, windows=(freeze,)), now=NOW).codes == codes


def test_a_freeze_without_an_end_in_sight_promises_no_instant() -> None:
    always = Recurrence("FREQ=DAILY", date(2026, 1, 1), time(0), timedelta(days=1))
    freeze = Window("Lockdown", Effect.FREEZE, Level.BLOCK, "UTC", recurs=always)

    (reason,) = may("start", facts(State.SCHEDULED, windows=(freeze,)), now=NOW).reasons

    assert reason.until is None
    assert reason.remedy == (
        "Ask a change manager to end it, or answer an open incident with an emergency change."
    )


@pytest.mark.parametrize("verb", [*VERBS, "explain"])
def test_an_emergency_skips_the_calendar(verb: str) -> None:
    asked = facts(State.SCHEDULED, Kind.EMERGENCY, windows=(window(),), environment_is_open=False)

    assert may(verb, asked, now=NOW).codes == ()


@pytest.mark.parametrize("verb", [*VERBS, "explain"])
def test_a_freeze_that_warns_is_shown_and_stops_nothing(verb: str) -> None:
    asked = facts(State.SCHEDULED, windows=(window(level=Level.WARN),))

    decision = may(verb, asked, now=NOW)

    assert decision.codes == ()
    assert [(r.code, r.message, r.remedy, r.until) for r in decision.warnings] == [
        (
            "freeze_active",
            "Weekend freeze advises against changes until Wed 18 Nov 13:00 CET.",
            "Go on only if it cannot wait.",
            NOW + 2 * HOUR,
        )
    ]


@pytest.mark.parametrize("verb", [*VERBS, "explain"])
def test_a_closed_environment_opens_in_maintenance_windows_only(verb: str) -> None:
    closed = facts(State.SCHEDULED, environment_is_open=False)
    opened = replace(closed, windows=(window(Effect.MAINTENANCE),))
    opens = replace(closed, windows=(window(Effect.MAINTENANCE, name="Night", starts_in=HOUR),))

    decisions = [may(verb, one, now=NOW) for one in (closed, opened, opens)]

    assert [[(r.code, r.message, r.remedy, r.until) for r in one.reasons] for one in decisions] == [
        [
            (
                "outside_maintenance_window",
                "production is closed outside maintenance windows.",
                "Ask a change manager to open a maintenance window; none is planned.",
                None,
            )
        ],
        [],
        [
            (
                "outside_maintenance_window",
                "production is closed outside maintenance windows.",
                "Wait for “Night” at Wed 18 Nov 12:00 CET.",
                NOW + HOUR,
            )
        ],
    ]


def test_an_open_environment_needs_no_maintenance_window() -> None:
    later = window(Effect.MAINTENANCE, starts_in=HOUR)

    assert may("start", facts(State.SCHEDULED, windows=(later,)), now=NOW).codes == ()


@pytest.mark.parametrize("is_open", [True, False])
def test_freeze_beats_maintenance_beats_the_default(is_open: bool) -> None:
    both = (window(), window(Effect.MAINTENANCE, name="Night"))
    asked = facts(State.SCHEDULED, environment_is_open=is_open, windows=both)

    assert may("start", asked, now=NOW).codes == ("freeze_active",)


def test_planning_over_a_freeze_is_a_warning_not_a_refusal() -> None:
    planned = Interval(NOW + HOUR, NOW + 9 * HOUR)
    openings = tuple(
        window(Effect.MAINTENANCE, name=f"Opening {n}", starts_in=n * HOUR, lasts=HOUR)
        for n in range(1, 5)
    )
    freezes = (
        window(starts_in=8 * HOUR, lasts=HOUR),
        window(name="Advice", starts_in=HOUR, lasts=HOUR, level=Level.WARN),
    )
    asked = facts(State.PLANNING, planned=planned, windows=openings + freezes)

    decision = may("submit", asked, now=NOW)

    assert decision.codes == ()
    assert [(r.message, r.remedy) for r in decision.warnings] == [
        (
            "The planned period meets “Weekend freeze” (Wed 18 Nov 19:00 CET to "
            "Wed 18 Nov 20:00 CET).",
            "Plan it outside the freeze; while it holds, the gate refuses.",
        )
    ]


def test_planning_over_many_freezes_tells_the_first_three() -> None:
    freezes = tuple(
        window(name=f"Freeze {n}", starts_in=n * HOUR, lasts=HOUR) for n in range(5, 0, -1)
    )
    asked = facts(State.PLANNING, planned=Interval(NOW, NOW + 9 * HOUR), windows=freezes)

    decision = may("submit", asked, now=NOW)

    assert [r.source for r in decision.warnings] == [
        "window Freeze 1",
        "window Freeze 2",
        "window Freeze 3",
    ]


@pytest.mark.parametrize(
    ("planned", "kind"),
    [(None, Kind.NORMAL), (Interval(NOW, NOW + HOUR), Kind.EMERGENCY)],
)
def test_without_a_period_and_for_emergencies_no_freeze_is_met(
    planned: Interval | None, kind: Kind
) -> None:
    asked = facts(State.PLANNING, kind, planned=planned, windows=(window(),))

    assert may("submit", asked, now=NOW).warnings == ()
