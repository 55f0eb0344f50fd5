"""Which changes of a schedule meet others."""

from typing import Any

import pytest

from changes.queries.clashes import Clash, clashes
from changes.queries.lists import Filters, page
from changes.states import Kind, State
from changes.windows import Interval
from tests import living
from tests.living import at, change_at, say

pytestmark = pytest.mark.usefixtures("settled")


def found() -> list[Clash]:
    return clashes(page(filters=Filters(), cursor=None, limit=50).rows)


def pairs() -> list[tuple[int, int]]:
    return [(one.earlier, one.later) for one in found()]


def hours(first: float, last: float) -> dict[str, Any]:
    """A planned period that many hours after nine."""
    return {"planned_start_at": at(60 * first), "planned_end_at": at(60 * last)}


def test_a_plan_meets_what_is_scheduled_on_its_service() -> None:
    living.one_at_a_time()
    first = change_at(State.SCHEDULED, **hours(1, 3))
    second = living.file(**hours(2, 4))

    assert found() == [
        Clash(first.pk, second.pk, "refunds production", Interval(at(120), at(180)), True)
    ]


def test_what_is_not_agreed_yet_is_in_nobodys_way() -> None:
    living.file()
    living.file()

    assert found() == []


def test_two_that_may_overlap_meet_once_and_softly() -> None:
    first, second = change_at(State.SCHEDULED), change_at(State.SCHEDULED)

    (one,) = found()

    assert ({one.earlier, one.later}, one.is_hard) == ({first.pk, second.pk}, False)


@pytest.mark.parametrize(
    "given",
    [
        {"service": "payments-api"},
        {"environment": "staging"},
        {"hours": (3, 4)},
    ],
)
def test_elsewhere_or_back_to_back_nothing_meets(given: dict[str, Any]) -> None:
    change_at(State.SCHEDULED, **hours(1, 3))
    more: dict[str, Any] = hours(*given.get("hours", (2, 4)))
    if "service" in given:
        more["service"] = living.service(given["service"])
    if "environment" in given:
        more["environment"] = living.environment(given["environment"])
    living.file(**more)

    assert found() == []


def test_an_environment_that_takes_one_at_a_time_keeps_services_apart() -> None:
    living.one_at_a_time("environment")
    first = change_at(State.SCHEDULED)
    second = living.file(service=living.service("payments-api"))

    (one,) = found()

    assert (one.earlier, one.later, one.place, one.is_hard) == (
        first.pk,
        second.pk,
        "production",
        True,
    )


def test_an_emergency_is_warned_and_not_kept_out() -> None:
    living.one_at_a_time()
    change_at(State.SCHEDULED)
    living.file(kind=Kind.EMERGENCY)

    assert [one.is_hard for one in found()] == [False]


def test_what_is_over_meets_nothing() -> None:
    change_at(State.SCHEDULED)
    other = change_at(State.SCHEDULED)
    say("cancel", other, minutes=20, reason="Not needed.")
    change_at(State.CLOSED)

    assert pairs() == []


def test_many_are_searched_in_one_statement(django_assert_num_queries: Any) -> None:
    for _ in range(4):
        change_at(State.SCHEDULED)
    rows = page(filters=Filters(), cursor=None, limit=50).rows

    with django_assert_num_queries(1):
        met = clashes(rows)
    with django_assert_num_queries(0):
        assert clashes([]) == []
    assert {number for one in met for number in (one.earlier, one.later)} == {
        one.id for one in rows
    }
