"""Which changes are planned into each other."""

from datetime import UTC, datetime, timedelta

import pytest

from changes.queries.listed import Listed, Person, Place
from changes.states import State
from changes.web.conflicts import conflicts

NINE = datetime(2026, 11, 18, 9, tzinfo=UTC)


def planned(
    number: int,
    first: float,
    last: float,
    *,
    state: str = "scheduled",
    service: str = "refunds",
    environment: str = "production",
) -> Listed:
    """A change from hour `first` to hour `last`."""
    return Listed(
        id=number,
        title="Retry refunds",
        kind="normal",
        state=state,
        outcome="",
        risk_level="low",
        planned_start_at=NINE + timedelta(hours=first),
        planned_end_at=NINE + timedelta(hours=last),
        held_at=None,
        created_at=NINE,
        service=Place(service, service),
        environment=Place(environment, environment),
        team=Place("payments", "Payments"),
        author=Person("engineer", "engineer"),
        implementer=None,
    )


def pairs(*changes: Listed) -> list[tuple[int, int, float, float]]:
    def hours(at: datetime) -> float:
        return (at - NINE) / timedelta(hours=1)

    return [
        (one.earlier.id, one.later.id, hours(one.both.starts_at), hours(one.both.ends_at))
        for one in conflicts(changes)
    ]


def test_two_changes_that_share_time_conflict():
    assert pairs(planned(1, 0, 2), planned(2, 1, 3)) == [(1, 2, 1, 2)]


def test_back_to_back_changes_do_not():
    assert pairs(planned(1, 0, 2), planned(2, 2, 3)) == []


@pytest.mark.parametrize(
    "elsewhere",
    [planned(2, 1, 3, service="search"), planned(2, 1, 3, environment="staging")],
)
def test_nor_do_changes_of_another_service_or_environment(elsewhere: Listed):
    assert pairs(planned(1, 0, 2), elsewhere) == []


@pytest.mark.parametrize("state", State)
def test_what_is_over_is_in_nobodys_way(state: State):
    over = {State.VALIDATING, State.CLOSED, State.CANCELLED}

    assert bool(pairs(planned(1, 0, 2), planned(2, 1, 3, state=str(state)))) is (state not in over)


def test_each_later_change_is_paired_with_the_one_that_runs_on_longest():
    found = pairs(planned(1, 0, 10), planned(2, 1, 2), planned(3, 4, 12), planned(4, 11, 13))

    assert found == [(1, 2, 1, 2), (1, 3, 4, 10), (3, 4, 11, 12)]


def test_thousands_are_paired_at_once():
    found = pairs(*(planned(number, 0, 100) for number in range(2000)))

    assert len(found) == 1999
