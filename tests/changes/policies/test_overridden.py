"""A freeze that was overridden: named with every answer, shut again in time, reviewed in time."""

from dataclasses import replace

import pytest

from changes.policies import Facts, may
from changes.policies.facts import OverrideFacts
from changes.policies.periods import shuts
from changes.states import Kind, State
from changes.windows import Interval, Level, Lift, Window, lift
from ledger.decision import Reason
from tests.changes.policies.given import HOUR, NOW, facts, window

OVERRIDE = OverrideFacts(
    ref="OVR-3",
    place="CHG-1",
    windows=frozenset({"WIN-1"}),
    period=Interval(NOW - HOUR, NOW + HOUR / 2),
    requested_by="manager",
    confirmed_by="manager-2",
    reason="refunds are lost.",
    review_due_at=NOW + 72 * HOUR,
)
SAID = Reason(
    "freeze_overridden",
    "“Year end” is overridden for CHG-1 by manager and manager-2 until Wed 18 Nov 11:30 CET, "
    "because: refunds are lost.",
    "Be done by then; OVR-3 is reviewed by Sat 21 Nov 11:00 CET.",
    until=NOW + HOUR / 2,
    source="OVR-3",
)


def frozen(*given: OverrideFacts, state: State = State.SCHEDULED, **more: object) -> Facts:
    """A change frozen by WIN-1, and opened by what is given."""
    freeze: Window = replace(window(name="Year end"), ref="WIN-1")
    lifts = [Lift(one.windows, one.period) for one in given]
    return facts(state, windows=lift([freeze], lifts), overrides=given, **more)


@pytest.mark.parametrize("verb", ["start", "deploy", "explain"])
def test_what_an_override_opens_passes_and_is_named(verb: str) -> None:
    decision = may(verb, frozen(OVERRIDE), now=NOW)

    assert (decision.reasons, decision.warnings) == ((), (SAID,))


def test_once_it_has_ended_the_freeze_refuses_and_nothing_is_named() -> None:
    decision = may("start", frozen(OVERRIDE), now=OVERRIDE.period.ends_at)

    assert (decision.codes, decision.warnings) == (("freeze_active",), ())


def test_another_freeze_that_is_not_named_still_refuses() -> None:
    both = frozen(OVERRIDE)
    audit = replace(window(name="Audit"), ref="WIN-2")

    decision = may("start", replace(both, windows=(*both.windows, audit)), now=NOW)

    assert (decision.codes, decision.warnings) == (("freeze_active",), (SAID,))


def test_an_override_of_what_does_not_hold_now_is_not_named() -> None:
    begun = window(name="Year end", starts_in=HOUR)
    later = replace(frozen(OVERRIDE), windows=(replace(begun, ref="WIN-1"),))

    assert may("start", later, now=NOW).warnings == ()


def test_an_emergency_skips_the_calendar_so_nothing_is_overridden_for_it() -> None:
    emergency = replace(frozen(OVERRIDE), kind=Kind.EMERGENCY)

    assert may("explain", emergency, now=NOW).warnings == ()


def test_a_freeze_that_only_warns_is_not_said_to_be_overridden() -> None:
    warns = replace(window(name="Year end", level=Level.WARN), ref="WIN-1")

    decision = may("start", replace(frozen(OVERRIDE), windows=(warns,)), now=NOW)

    assert [reason.message[:8] for reason in decision.warnings] == ["Year end"]


def test_what_is_allowed_by_an_override_ends_with_it() -> None:
    ends = list(shuts(frozen(OVERRIDE), now=NOW, before=NOW + 2 * HOUR))

    assert min(ends) == OVERRIDE.period.ends_at


def test_it_ends_with_the_override_even_where_the_freeze_ends_before() -> None:
    short = replace(window(name="Year end", lasts=1.2 * HOUR), ref="WIN-1")
    lifts = [Lift(OVERRIDE.windows, OVERRIDE.period)]
    opened = replace(frozen(OVERRIDE), windows=lift([short], lifts))

    assert list(shuts(opened, now=NOW, before=NOW + 2 * HOUR))[-1] == OVERRIDE.period.ends_at


@pytest.mark.parametrize(
    ("override", "refused"),
    [
        (replace(OVERRIDE, review_due_at=NOW), True),
        (replace(OVERRIDE, review_due_at=NOW + HOUR), False),
        (replace(OVERRIDE, review_due_at=NOW, reviewed=True), False),
        (replace(OVERRIDE, review_due_at=NOW, place="refunds in production"), False),
    ],
)
def test_a_change_closes_once_the_review_it_is_late_with_is_done(
    override: OverrideFacts, refused: bool
) -> None:
    decision = may("close", frozen(override, state=State.VALIDATING), now=NOW)

    assert decision.codes == (("review_overdue",) if refused else ())
    if refused:
        assert decision.reasons[0].remedy == (
            "Ask a change manager or the CAB to review OVR-3, neither manager nor manager-2."
        )
