"""Two people at one override at once: one winner, a clean refusal, a whole chain of events."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from changes import lifecycle, overrides
from changes.models import Change, Override
from changes.overrides import Asked
from config.recorded_rows import ROWS
from ledger import verify
from tests import living
from tests.changes.overrides import staged
from tests.changes.overrides.staged import REASON, asked, frozen_change, request
from tests.changes.test_races import Attempt, at_once
from tests.living import at, fresh, person, verbs_of, window

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def settled_with_managers(transactional_db: None) -> Iterator[None]:
    """The catalogue, committed, so that other connections see it; afterwards nothing is broken."""
    living.settle()
    staged.managers()
    yield
    seen = verify.Seen(lambda progress: None)
    assert list(verify.faults(rows=ROWS, seen=seen)) == []


def saying(verb: str, row: Override, *, by: str, **given: Any) -> Attempt:
    actor = person(by)
    return lambda: getattr(overrides, verb)(ref=row.ref, actor=actor, now=at(60), **given)


def asking(given: Asked, *, by: str) -> Attempt:
    actor = person(by)
    return lambda: overrides.request(given, actor=actor, now=at(30))


def test_of_two_who_confirm_one_does() -> None:
    change, _ = frozen_change()
    row = request(change)

    ends = at_once(saying("confirm", row, by="manager-2"), saying("confirm", row, by="manager-3"))

    assert sorted(ends, key=str) == [("wrong_state",), None]
    assert verbs_of(change.ref).count("override.confirmed") == 1
    row.refresh_from_db()
    assert row.confirmed_by == person("manager-2" if ends[0] is None else "manager-3")


def test_confirming_and_withdrawing_at_once_leave_it_withdrawn() -> None:
    change, _ = frozen_change()
    row = request(change)

    ends = at_once(
        saying("confirm", row, by="manager-2"),
        saying("withdraw", row, by="manager", reason="It can wait."),
    )

    row.refresh_from_db()
    assert ends[1] is None
    assert ends[0] in (None, ("wrong_state",))
    assert row.withdrawn_at == at(60)
    assert (row.confirmed_at is None) == (ends[0] is not None)
    assert verbs_of(change.ref)[-1] == "override.withdrawn"


def test_of_two_who_ask_for_one_change_one_is_told_of_the_other() -> None:
    change, _ = frozen_change()

    ends = at_once(asking(asked(change), by="manager"), asking(asked(change), by="manager-2"))

    assert sorted(ends, key=str) == [("override_overlaps",), None]
    assert Override.objects.count() == 1


def test_of_two_who_ask_for_one_place_the_database_lets_one_through() -> None:
    window("Year end")
    given = Asked(service="refunds", environment="production", reason=REASON, expires_at=at(180))

    ends = at_once(*(asking(given, by=name) for name in ("manager", "manager-2", "manager-3")))

    assert sorted(ends, key=str) == [("override_overlaps",), ("override_overlaps",), None]
    assert Override.objects.count() == 1


def test_of_two_who_review_one_does() -> None:
    change, row = staged.overridden(expires_at=at(50))
    reviews = [saying("review", row, by=name, text="Seen.") for name in ("manager-3", "cab-1")]

    ends = at_once(*reviews)

    assert sorted(ends, key=str) == [("wrong_state",), None]
    assert verbs_of(change.ref).count("override.reviewed") == 1


def starting(change: Change, *, minutes: float) -> Attempt:
    actor = person("engineer")
    return lambda: lifecycle.start(ref=change.ref, actor=actor, now=at(minutes))


def test_starting_and_withdrawing_at_once_leave_one_truth() -> None:
    change, row = staged.overridden()

    ends = at_once(
        starting(change, minutes=60),
        saying("withdraw", row, by="manager", reason="It can wait."),
    )

    said = verbs_of(change.ref)[-2:]
    assert ends[1] is None
    if ends[0] is None:
        assert said == ["change.started", "override.withdrawn"]
        assert fresh(change).state == "implementing"
    else:
        assert (ends[0], said[-1]) == (("freeze_active",), "override.withdrawn")
        assert fresh(change).state == "scheduled"


def test_of_those_who_start_around_its_end_only_who_is_in_time_does() -> None:
    change, row = staged.overridden(expires_at=at(80))
    before = timedelta(microseconds=1) / timedelta(minutes=1)

    ends = at_once(
        *(starting(change, minutes=80) for _ in range(3)), starting(change, minutes=80 - before)
    )

    started = fresh(change).started_at
    assert ends[3] is None
    assert started is not None
    assert started < row.expires_at
    assert all(end is not None for end in ends[:3])
    assert verbs_of(change.ref).count("change.started") == 1
