"""Two at once in one environment: taking it, and starting in it while it is taken."""

from changes import environments, lifecycle
from changes.models import EnvironmentLock
from changes.states import State
from tests.changes.test_races import at_once, pytestmark, settled_for_all
from tests.living import at, change_at, fresh, person, verbs_of

__all__ = ["pytestmark", "settled_for_all"]


def locking(*, by: str):
    actor = person(by)
    return lambda: environments.lock(
        environment="production",
        reason="Moving the rack.",
        until=at(120),
        actor=actor,
        now=at(60),
    )


def test_of_two_who_lock_at_once_one_does_and_the_other_is_told() -> None:
    ends = at_once(locking(by="oncall"), locking(by="manager"))

    assert sorted(ends, key=str) == [("environment_busy",), None]
    winner = "oncall" if ends[0] is None else "manager"
    assert EnvironmentLock.objects.get().locked_by.username == winner
    assert verbs_of("environment:production")[-1] == "environment.locked"


def test_a_change_starts_before_the_lock_or_is_refused_by_it() -> None:
    change, actor = change_at(State.SCHEDULED), person("engineer")

    ends = at_once(
        locking(by="oncall"),
        lambda: lifecycle.start(ref=change.ref, actor=actor, now=at(60)),
    )

    assert ends[0] is None
    assert (ends[1], fresh(change).state) in (
        (None, "implementing"),
        (("environment_busy",), "scheduled"),
    )


def test_of_two_who_release_at_once_one_does() -> None:
    locking(by="oncall")()
    people = [person("oncall"), person("manager")]

    def releasing(number: int):
        return lambda: environments.release(
            environment="production", actor=people[number], now=at(70)
        )

    ends = at_once(releasing(0), releasing(1))

    assert sorted(ends, key=str) == [("wrong_state",), None]
    assert verbs_of("environment:production").count("environment.released") == 1
