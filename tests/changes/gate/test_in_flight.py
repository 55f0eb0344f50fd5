"""The gate, when a window begins or ends while a change runs."""

import pytest

from catalog.models import Environment
from changes.models import Window
from changes.states import State
from tests.changes.gate.asking import ask, codes
from tests.living import at, change_at

REVISION = "4f1c2d9"


def one_off(effect: str, *, start: float, end: float, in_flight: str) -> Window:
    return Window.objects.create(
        name="Audit",
        effect=effect,
        in_flight=in_flight,
        starts_at=at(start),
        ends_at=at(end),
    )


@pytest.mark.parametrize(
    ("in_flight", "decision", "said"),
    [("finish", "allow", []), ("stop", "wait", ["freeze_active"])],
)
def test_a_freeze_that_begins_meanwhile(
    in_flight: str, decision: str, said: list[str], settled: None
) -> None:
    change = change_at(State.IMPLEMENTING)
    one_off("freeze", start=70, end=120, in_flight=in_flight)

    answer = ask(minutes=80, revision=REVISION)

    assert (answer.decision, codes(answer), answer.change) == (decision, said, change.ref)
    assert answer.next_allowed_at == at(120 if said else 80)


@pytest.mark.parametrize(("in_flight", "until"), [("finish", 125), ("stop", 70)])
def test_a_running_change_has_a_permit_into_the_freeze_that_lets_it_finish(
    in_flight: str, until: float, settled: None
) -> None:
    change_at(State.IMPLEMENTING)
    one_off("freeze", start=70, end=120, in_flight=in_flight)

    assert ask(minutes=65, revision=REVISION).expires_at == at(until)


def test_a_freeze_that_lets_finish_keeps_every_other_change_out(settled: None) -> None:
    change_at(State.SCHEDULED)
    one_off("freeze", start=70, end=120, in_flight="finish")

    answer = ask(minutes=80, revision=REVISION)

    assert (answer.decision, codes(answer)) == ("wait", ["freeze_active"])


@pytest.mark.parametrize(
    ("in_flight", "said"),
    [("finish", []), ("stop", ["outside_maintenance_window"])],
)
def test_a_maintenance_window_that_has_closed(
    in_flight: str, said: list[str], settled: None
) -> None:
    Environment.objects.filter(slug="production").update(default="closed")
    one_off("maintenance", start=30, end=70, in_flight=in_flight)
    change_at(State.IMPLEMENTING)

    inside = ask(minutes=69.99, revision=REVISION)
    answer = ask(minutes=70, revision=REVISION)

    assert (codes(inside), codes(answer)) == ([], said)
    assert answer.expires_at == (None if said else at(130))
